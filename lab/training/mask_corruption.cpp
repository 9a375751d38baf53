// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/mask_corruption.h"

#include <torch/torch.h>

#include "core/volume.h"
#include "lab/training/training_random.h"

namespace spineseg {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

/// Where an error happens: a disc around a random labelled pixel, or around any pixel where none is.
Tensor random_disc(const Tensor& mask, const MaskCorruptionPlan& plan, Random& random) {
    const auto rows = mask.size(1), columns = mask.size(2);
    const Tensor labelled = mask.sum(0).flatten().nonzero().flatten();
    const auto pixels = labelled.numel() > 0 ? labelled.numel() : rows * columns;
    const auto drawn = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(pixels));
    const auto centre = labelled.numel() > 0 ? labelled[drawn].item<std::int64_t>() : drawn;
    const double radius = uniform(random, plan.smallest_radius, plan.largest_radius);
    const Tensor dy = (torch::arange(rows) - centre / columns).view({-1, 1});
    const Tensor dx = (torch::arange(columns) - centre % columns).view({1, -1});
    return ((dy * dy + dx * dx) <= radius * radius).to(torch::kFloat32);
}

Tensor merged_through_discs(const Tensor& mask, const Tensor& where) {
    constexpr auto kVertebra = static_cast<std::int64_t>(Structure::vertebra);
    constexpr auto kDisc = static_cast<std::int64_t>(Structure::disc);
    Tensor result = mask.clone();
    const Tensor turned = mask[kDisc] * where;
    result[kVertebra] = torch::maximum(result[kVertebra], turned);
    result[kDisc] -= turned;
    return result;
}

Tensor with_shifted_borders(const Tensor& mask, const MaskCorruptionPlan& plan, Random& random) {
    constexpr std::int64_t kKnots = 8;
    const auto rows = mask.size(1), columns = mask.size(2);
    const Tensor knots =
        torch::randn({1, 2, kKnots, kKnots}, generator(random)) * uniform(random, 0.5, plan.largest_shift);
    const Tensor field = F::interpolate(knots, F::InterpolateFuncOptions()
                                                   .size(std::vector<std::int64_t>{rows, columns})
                                                   .mode(torch::kBicubic)
                                                   .align_corners(false));
    const Tensor pixels =
        torch::tensor({2.0F / static_cast<float>(columns), 2.0F / static_cast<float>(rows)});
    const Tensor identity = F::affine_grid(torch::eye(2, 3).unsqueeze(0), {1, 1, rows, columns}, false);
    return F::grid_sample(mask.unsqueeze(0), identity + field.permute({0, 2, 3, 1}) * pixels,
                          F::GridSampleFuncOptions()
                              .mode(torch::kNearest)
                              .padding_mode(torch::kZeros)
                              .align_corners(false))
        .squeeze(0);
}

Tensor with_painted_piece(const Tensor& mask, const Tensor& piece, Random& random) {
    const auto offset = [&](std::int64_t size) {
        return static_cast<std::int64_t>(uniform(random, -0.4, 0.4) * static_cast<double>(size));
    };
    const Tensor moved = torch::roll(mask * piece, {offset(mask.size(1)), offset(mask.size(2))}, {1, 2});
    return torch::where(moved.sum(0, true) > 0, moved, mask);
}

}  // namespace

Tensor corrupted_mask(const Tensor& mask, const MaskCorruptionPlan& plan, Random& random) {
    Tensor result = mask;
    if (chance(random, plan.shifted)) result = with_shifted_borders(result, plan, random);
    if (chance(random, plan.merged)) result = merged_through_discs(result, random_disc(result, plan, random));
    if (chance(random, plan.painted))
        result = with_painted_piece(result, random_disc(result, plan, random), random);
    if (chance(random, plan.missing)) result = result * (1 - random_disc(result, plan, random));
    return result;
}

}  // namespace spineseg
