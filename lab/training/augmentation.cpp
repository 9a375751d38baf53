// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/augmentation.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/volume.h"
#include "lab/training/lateral_views.h"
#include "lab/training/signal_void.h"
#include "lab/training/training_random.h"
#include "worker/inference/segmentation/intensity.h"

namespace spineseg {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr double kLeastUnknown = 0.01;  ///< a larger unlabelled share of a pixel makes it unknown
constexpr double kWhite = 1.2;  ///< the scaled intensity that counts as white when contrast is redrawn

/// The random intensity curve through seven points, piecewise linear over 0..1.
Tensor curved(const Tensor& image, Random& random) {
    constexpr int kKnots = 7;
    std::vector<float> knots(kKnots);
    for (auto& knot : knots) knot = static_cast<float>(uniform(random, 0, 1));
    if (chance(random, 0.5)) std::sort(knots.begin(), knots.end());
    const Tensor table = torch::tensor(knots);
    const Tensor position = image.clamp(0, 1) * (kKnots - 1);
    const Tensor lower = position.floor().clamp_max(kKnots - 2);
    const Tensor index = lower.to(torch::kInt64).flatten();
    const Tensor below = table.index_select(0, index).view(image.sizes());
    const Tensor above = table.index_select(0, index + 1).view(image.sizes());
    return below + (above - below) * (position - lower);
}

Tensor resized(const Tensor& image, std::int64_t rows, std::int64_t columns, bool smooth = false) {
    auto options =
        F::InterpolateFuncOptions().size(std::vector<std::int64_t>{rows, columns}).align_corners(false);
    if (smooth)
        options.mode(torch::kBicubic);
    else
        options.mode(torch::kBilinear);
    return F::interpolate(image, options);
}

Tensor bias_field(const Tensor& image, Random& random) {
    const Tensor coarse = torch::randn({1, 1, 4, 4}, generator(random));
    return torch::exp(resized(coarse, image.size(2), image.size(3), true) * uniform(random, 0.1, 0.7));
}

Tensor low_resolution(const Tensor& image, Random& random) {
    const auto reduced = [&](std::int64_t size) {
        return static_cast<std::int64_t>(static_cast<double>(size) / uniform(random, 1.0, 3.0));
    };
    const auto rows = reduced(image.size(2)), columns = reduced(image.size(3));
    return resized(resized(image, rows, columns), image.size(2), image.size(3));
}

template <typename Item>
const Item& one_of(const std::vector<Item>& items, Random& random) {
    return items[std::uniform_int_distribution<std::size_t>(0, items.size() - 1)(random)];
}

constexpr double kShiftAroundStructuresMm = 12;

/// The middle of the box around all structures, in grid_sample's −1..1; the model grid's where there are none.
std::array<double, 2> centre_of(const Tensor& structures) {
    const Tensor marked = structures.amax(0) > 0.5;
    if (!marked.any().item<bool>()) return {0.0, 0.0};
    const auto middle = [](const Tensor& line) {
        const Tensor places = line.nonzero();
        const double sum = places.min().item<double>() + places.max().item<double>() + 1;
        return sum / static_cast<double>(line.size(0)) - 1;
    };
    return {middle(marked.any(1)), middle(marked.any(0))};
}

AugmentationPlan weakened(AugmentationPlan plan) {
    if (plan.around_structures) plan.shift_rows_mm = plan.shift_columns_mm = kShiftAroundStructuresMm;
    for (double* value :
         {&plan.rotation_degrees, &plan.aspect, &plan.curve, &plan.inversion, &plan.structure_gain,
          &plan.bias_field, &plan.resolution_loss, &plan.noise, &plan.blur, &plan.field_of_view})
        *value *= plan.strength;
    plan.scale_low = std::pow(plan.scale_low, plan.strength);
    plan.scale_high = std::pow(plan.scale_high, plan.strength);
    return plan;
}

}  // namespace

Augmentation::Augmentation(const std::vector<TrainingCase>& cases, const InputPlan& input,
                           const AugmentationPlan& plan)
    : input_(input), plan_(weakened(plan)) {
    for (std::size_t index = 0; index < cases.size(); ++index) {
        const auto& c = cases[index];
        const Tensor scaled =
            scaled_by_percentile(c.slices.intensities, c.slices.inside, input.percentile, input.clip);
        for (std::int64_t slice = 0; slice < scaled.size(0); ++slice) {
            std::vector<Tensor> planes{scaled[slice], c.slices.inside[slice].to(torch::kFloat32)};
            for (int structure = 0; structure < kStructures; ++structure)
                planes.push_back(c.shares[slice][structure].to(torch::kFloat32));
            planes.push_back(c.partial() ? c.unknown[slice][0].to(torch::kFloat32)
                                         : torch::zeros_like(planes.front()));
            Source source{torch::stack(planes).to(torch::kFloat16), index, c.partial(), {}, {}};
            if (plan.around_structures)
                source.centre = centre_of(source.planes.slice(0, kFirstStructurePlane, kUnknownPlane));
            if (c.partial()) {
                partial_.push_back(std::move(source));
                continue;
            }
            if (!c.synthetic) source.beside_canal = rows_beside_canal(source.planes);
            if (source.beside_canal) beside_canal_.push_back(source);
            (c.synthetic ? synthetic_ : real_).push_back(std::move(source));
        }
    }
}

/// A slice as it is, or what a slice beside the midline might look like.
Augmentation::Source Augmentation::drawn(Random& random) const {
    const bool complete = !real_.empty() || !synthetic_.empty();
    if (!partial_.empty() && (!complete || chance(random, plan_.partial_share)))
        return one_of(partial_, random);
    if (!beside_canal_.empty() && chance(random, plan_.beside_canal)) {
        const auto& source = one_of(beside_canal_, random);
        return {
            repeated_rows(source.planes, *source.beside_canal), source.case_index, false, {}, source.centre};
    }
    const bool synthetic = real_.empty() || (!synthetic_.empty() && chance(random, plan_.synthetic_share));
    Source source = one_of(synthetic ? synthetic_ : real_, random);
    if (chance(random, plan_.spineless))
        source.planes = spine_folded_away(source.planes, random);
    else if (chance(random, plan_.archless))
        source.planes = arches_folded_away(source.planes, random);
    return source;
}

Tensor Augmentation::cropped(const Source& source, Random& random) const {
    const Tensor& planes = source.planes;
    const double rows = static_cast<double>(planes.size(1)), columns = static_cast<double>(planes.size(2));
    const bool leans = chance(random, plan_.lean_share);
    const double degrees = leans ? plan_.lean_degrees : plan_.rotation_degrees;
    const double smallest = leans ? plan_.size_low : plan_.scale_low;
    const double largest = leans ? plan_.size_high : plan_.scale_high;
    const double angle = uniform(random, -1, 1) * degrees * std::numbers::pi / 180;
    const double scale = std::exp(uniform(random, std::log(smallest), std::log(largest)));
    const double stretch = 1 + uniform(random, -1, 1) * plan_.aspect;
    const double x_scale = plan_.crop.columns / (scale * columns);
    const double y_scale = plan_.crop.rows * stretch / (scale * rows);
    const double shift_x = source.centre[1] + uniform(random, -1, 1) * 2 * plan_.shift_columns_mm /
                                                  (columns * input_.spacing_mm);
    const double shift_y =
        source.centre[0] + uniform(random, -1, 1) * 2 * plan_.shift_rows_mm / (rows * input_.spacing_mm);
    const double aspect =
        rows / columns;  // a rotation in millimetres, written in grid_sample's −1..1 of each axis
    const Tensor theta =
        torch::tensor({{std::cos(angle) * x_scale, -std::sin(angle) * y_scale * aspect, shift_x},
                       {std::sin(angle) * x_scale / aspect, std::cos(angle) * y_scale, shift_y}},
                      torch::kFloat32)
            .unsqueeze(0);
    Tensor grid = F::affine_grid(theta, {1, kSlicePlanes, plan_.crop.rows, plan_.crop.columns},
                                 /*align_corners=*/false);
    if (leans) {
        const double bend = uniform(random, -1, 1) * 2 * plan_.bend_mm / (columns * input_.spacing_mm);
        const Tensor along = torch::linspace(-1, 1, plan_.crop.rows).square().view({1, -1, 1, 1});
        grid = torch::cat({grid.slice(3, 0, 1) + bend * (along - 1.0 / 3.0), grid.slice(3, 1, 2)}, 3);
    }
    return F::grid_sample(
        planes.to(torch::kFloat32).unsqueeze(0), grid,
        F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(false));
}

Tensor Augmentation::recontrasted(Tensor image, const Tensor& structures, Random& random) const {
    image = (image / kWhite).clamp(0, 1.25);
    if (chance(random, plan_.structure_gain)) {
        const Tensor soft = torch::avg_pool2d(structures, 3, 1, 1);
        for (int structure = 0; structure < kStructures; ++structure) {
            const double gain = uniform(random, 0.15, 1.6), offset = uniform(random, -0.1, 0.3);
            const Tensor share = soft.slice(1, structure, structure + 1);
            image = image * (1 - share) + (image * gain + offset) * share;
        }
    }
    if (chance(random, plan_.curve))
        image = curved(image, random);
    else if (chance(random, plan_.inversion / (1 - plan_.curve)))
        image = 1 - image.clamp(0, 1);
    else
        image = image.clamp_min(0).pow(std::exp(uniform(random, -0.6, 0.6)));
    return image * kWhite;
}

Tensor Augmentation::degraded(Tensor image, Random& random) const {
    if (chance(random, plan_.bias_field)) image = image * bias_field(image, random);
    if (chance(random, plan_.blur)) image = torch::avg_pool2d(image, 3, 1, 1);
    if (chance(random, plan_.resolution_loss)) image = low_resolution(image, random);
    if (chance(random, plan_.noise))
        image = image + torch::randn(image.sizes(), generator(random)) * uniform(random, 0.01, 0.10);
    return image;
}

TrainingBatch Augmentation::batch(int size, std::uint64_t seed, std::int64_t iteration) const {
    std::seed_seq mixed{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                        static_cast<std::uint32_t>(iteration)};
    Random random(mixed);
    std::vector<Tensor> images, targets, all_known;
    std::vector<std::size_t> origins;
    for (int i = 0; i < size; ++i) {
        const Source source = drawn(random);
        const Tensor crop = cropped(source, random);
        Tensor structures = crop.slice(1, kFirstStructurePlane, kUnknownPlane);
        const Tensor known = crop.slice(1, kUnknownPlane, kSlicePlanes) < kLeastUnknown;
        Tensor inside = crop.slice(1, kInsidePlane, kInsidePlane + 1) > 0.5;
        // Of a structure that is labelled in part, that part must not change its contrast alone.
        Tensor image = recontrasted(crop.slice(1, kImagePlane, kImagePlane + 1),
                                    source.partial ? torch::zeros_like(structures) : structures, random);
        if (chance(random, plan_.void_share)) {
            const double radius_mm = uniform(random, plan_.void_radius_low_mm, plan_.void_radius_high_mm);
            const auto spoilt =
                with_signal_void(image[0][0], structures[0], radius_mm / input_.spacing_mm, kWhite, random);
            image = spoilt.image.view_as(image);
            structures = spoilt.structures.unsqueeze(0);
        }
        image = degraded(image, random);
        if (chance(random, plan_.field_of_view)) {
            const double cut = uniform(random, 0, 0.2);
            const int side = static_cast<int>(random() % 4);
            const auto axis = side < 2 ? 2 : 3;
            const auto margin = static_cast<std::int64_t>(cut * static_cast<double>(inside.size(axis)));
            inside = inside.clone();
            inside.narrow(axis, side % 2 == 0 ? 0 : inside.size(axis) - margin, margin).fill_(false);
        }
        const Tensor visible = inside.to(torch::kFloat32);
        image = zscored((image * visible).squeeze(0), inside.squeeze(0));
        images.push_back(image);
        targets.push_back((structures * visible).squeeze(0));
        all_known.push_back(known.to(torch::kFloat32).squeeze(0));
        origins.push_back(source.case_index);
    }
    return {torch::stack(images), torch::stack(targets), torch::stack(all_known), origins};
}

}  // namespace spineseg
