// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/anchor_cases.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "lab/evaluation/prepared_case.h"
#include "worker/levels/numbering.h"
#include "worker/levels/vertebra_partition.h"
#include "worker/phantom/phantom.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace {

using levels::VoxelSet;

constexpr double kMidlineShare = 0.6;  // of the largest area of canal in a slice: less is beside the midline
/// The planes of anchor_loss() are carried as core's structures.
constexpr auto kBodyPlane = static_cast<std::uint8_t>(Label::canal),
               kL5Plane = static_cast<std::uint8_t>(Label::vertebra),
               kS1Plane = static_cast<std::uint8_t>(Label::disc);

/// What a pixel is, and where it is nothing, what it may be.
struct Known {
    LabelMap is, may_be;
    explicit Known(const Geometry& geometry)
        : is{geometry, std::vector<std::uint8_t>(geometry.voxel_count())}, may_be(is) {}
};

bool has_discs(const Volume& numbers) {
    return std::any_of(numbers.voxels.begin(), numbers.voxels.end(),
                       [](float number) { return number > 200; });
}

void mark(LabelMap& map, const VoxelSet& voxels, std::uint8_t plane) {
    for (const std::size_t voxel : voxels) map.voxels[voxel] = plane;
}

/// Nothing where the count does not give the levels.
std::optional<Known> known_of_complete(const LabelMap& labels) {
    const Geometry& geometry = labels.geometry;
    const VoxelSet canal = levels::voxels_of(labels, Label::canal),
                   discs = levels::voxels_of(labels, Label::disc);
    const auto frame = levels::find_column_frame(geometry, canal, discs);
    const auto chain = levels::find_discs(geometry, discs, frame);
    if (chain.discs.empty()) return std::nullopt;
    const auto spaces =
        levels::divide_bone(geometry, levels::voxels_of(labels, Label::vertebra), chain.discs, frame);
    if (!levels::judge_numbering({geometry, chain.discs, spaces, frame.directions}).determined)
        return std::nullopt;
    Known known(geometry);
    const levels::Disc& lowest = chain.discs.front();
    for (std::size_t voxel = 0; voxel < labels.voxels.size(); ++voxel)
        if (labels.voxels[voxel] == 0 && lowest.height_of(levels::place_of(geometry, voxel)) < 0)
            known.may_be.voxels[voxel] = kS1Plane;
    mark(known.is, spaces[1].body, kL5Plane);
    for (std::size_t space = 2; space < spaces.size(); ++space)
        mark(known.is, spaces[space].body, kBodyPlane);
    return known;
}

/// Nothing where L5 or S1 is not named. file_unreadable where a number is no vertebra.
Result<std::optional<Known>> known_of_bodies(const Volume& numbers) {
    Known known(numbers.geometry);
    VoxelSet sacrum;
    bool lowest = false;
    for (std::size_t voxel = 0; voxel < numbers.voxels.size(); ++voxel) {
        const float number = numbers.voxels[voxel];
        if (number == 0) continue;
        if (number != std::floor(number) || ((number < 1 || number > 25) && number != kSacrumNumber))
            return failure(ErrorCode::file_unreadable,
                           "a mask without discs holds vertebrae 1-25 and S1 as 50");
        lowest = lowest || number == 1;
        if (number == kSacrumNumber) sacrum.push_back(voxel);
        known.is.voxels[voxel] = number == kSacrumNumber ? kS1Plane : number == 1 ? kL5Plane : kBodyPlane;
    }
    if (sacrum.empty() || !lowest) return std::optional<Known>();
    const auto height = [&](std::size_t voxel) { return levels::place_of(numbers.geometry, voxel)[2]; };
    double end = height(sacrum.front());
    for (const std::size_t voxel : sacrum) end = std::min(end, height(voxel));
    for (std::size_t voxel = 0; voxel < numbers.voxels.size(); ++voxel)
        if (known.is.voxels[voxel] == 0 && height(voxel) >= end) known.may_be.voxels[voxel] = kBodyPlane;
    return std::optional(std::move(known));
}

/// Slices in which the canal is seen; all of them where none is labelled.
at::Tensor midline_slices(const at::Tensor& shares) {
    const at::Tensor canal = shares.select(1, 0).to(at::kFloat).sum({1, 2});
    return canal.ge(kMidlineShare * canal.max()).nonzero().flatten();
}

/// `folded` chooses the slices; null: all.
Result<TrainingCase> anchor_case(std::string name, const Volume& image, const Known& known,
                                 const LabelMap* folded, const InputPlan& input) {
    auto is = prepare_case(image, known.is, input);
    if (!is) return failure(is.error());
    const auto may_be = prepare_case(image, known.may_be, input);
    if (!may_be) return failure(may_be.error());
    TrainingCase made{
        .id = std::move(name), .slices = std::move(is->slices), .shares = is->shares + 0.5 * may_be->shares};
    if (folded == nullptr) return made;
    const auto whole = prepare_case(image, *folded, input);
    if (!whole) return failure(whole.error());
    const at::Tensor chosen = midline_slices(whole->shares);
    made.slices.intensities = made.slices.intensities.index_select(0, chosen);
    made.slices.inside = made.slices.inside.index_select(0, chosen);
    made.shares = made.shares.index_select(0, chosen);
    return made;
}

Result<std::optional<TrainingCase>> read_anchor_case(const DatasetSeries& series, const InputPlan& input) {
    const auto image = read_volume(series.image);
    if (!image) return failure(image.error());
    const auto numbers = read_volume(series.mask);
    if (!numbers) return failure(numbers.error());
    if (!has_discs(*numbers)) {
        const auto known = known_of_bodies(*numbers);
        if (!known) return failure(known.error());
        if (!*known) return std::optional<TrainingCase>();
        auto made = anchor_case(series.name, *image, **known, nullptr, input);
        if (!made) return failure(made.error());
        return std::optional(std::move(*made));
    }
    const auto labels = fold_labels(*numbers, series.labels);
    if (!labels) return failure(labels.error());
    const auto known = known_of_complete(*labels);
    if (!known) return std::optional<TrainingCase>();
    auto made = anchor_case(series.name, *image, *known, &*labels, input);
    if (!made) return failure(made.error());
    return std::optional(std::move(*made));
}

Result<std::optional<TrainingCase>> anchor_phantom(std::uint64_t seed, const InputPlan& input) {
    const auto phantom = training_phantom(seed);
    if (!phantom) return failure(phantom.error());
    auto known = known_of_complete(phantom->labels);
    if (!known) return std::optional<TrainingCase>();
    for (std::size_t voxel = 0; voxel < phantom->sacrum.voxels.size(); ++voxel) {
        known->may_be.voxels[voxel] = 0;
        if (phantom->sacrum.voxels[voxel] == 1) known->is.voxels[voxel] = kS1Plane;
    }
    auto made =
        anchor_case("phantom-" + std::to_string(seed), phantom->image, *known, &phantom->labels, input);
    if (!made) return failure(made.error());
    made->synthetic = true;
    return std::optional(std::move(*made));
}

}  // namespace

Result<std::vector<TrainingCase>> load_anchor_cases(const TrainingDataRequest& request,
                                                    const InputPlan& input,
                                                    const std::function<void(const std::string&)>& report) {
    const auto series = chosen_series(request);
    if (!series) return failure(series.error());
    std::vector<TrainingCase> cases;
    const auto keep = [&](Result<std::optional<TrainingCase>> made, const std::string& name) -> Result<void> {
        if (!made) return failure(made.error().code, name + ": " + made.error().detail);
        report(name);
        if (*made) cases.push_back(std::move(**made));
        return {};
    };
    for (const auto& one : *series)
        if (auto kept = keep(read_anchor_case(one, input), one.mask.string()); !kept)
            return failure(kept.error());
    for (int i = 0; i < request.phantoms; ++i) {
        const std::uint64_t seed = request.phantom_seed + static_cast<std::uint64_t>(i);
        if (auto kept = keep(anchor_phantom(seed, input), "phantom-" + std::to_string(seed)); !kept)
            return failure(kept.error());
    }
    return cases;
}

}  // namespace spineseg
