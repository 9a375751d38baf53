// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/structure_evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace spineseg {
namespace {

/// Half a tenth of a millimetre: SPIDER's masks and images round their headers differently.
constexpr double kGridTolerance = 0.05;

template <typename T>
bool fits(const Grid<T>& map, const LabelMap& truth) {
    return same_grid(map.geometry, truth.geometry, kGridTolerance) &&
           map.voxels.size() == truth.voxels.size();
}

Mask within(const std::vector<float>& distance, float limit) {
    Mask near(distance.size());
    std::transform(distance.begin(), distance.end(), near.begin(),
                   [limit](float d) { return static_cast<std::uint8_t>(d <= limit ? 1 : 0); });
    return near;
}

/// In nats; highest at one half.
double binary_entropy(double probability) {
    const double p = std::clamp(probability, 0.0, 1.0);
    if (p == 0.0 || p == 1.0) return 0.0;
    return -p * std::log(p) - (1.0 - p) * std::log1p(-p);
}

}  // namespace

Truth::Truth(LabelMap labels) : labels_(std::move(labels)) {
    Mask anything(labels_.voxels.size());
    std::transform(labels_.voxels.begin(), labels_.voxels.end(), anything.begin(),
                   [](std::uint8_t label) { return static_cast<std::uint8_t>(label != 0); });
    band_ = within(distance_to(anything, labels_.geometry), kBandMm);
}

Mask Truth::border(Structure structure) const {
    Mask mask = mask_of(labels_, structure);
    Mask near = within(distance_to(mask, labels_.geometry), kBorderMm);
    for (auto& inside : mask) inside = static_cast<std::uint8_t>(inside == 0);
    const Mask near_outside = within(distance_to(mask, labels_.geometry), kBorderMm);
    for (std::size_t i = 0; i < near.size(); ++i)
        near[i] = static_cast<std::uint8_t>(near[i] & near_outside[i]);
    return near;
}

std::optional<double> volume_bias(const Mask& mask, const Mask& truth) {
    const auto volume = [](const Mask& of) {
        return static_cast<double>(std::count(of.begin(), of.end(), std::uint8_t{1}));
    };
    if (volume(truth) == 0.0) return std::nullopt;
    return volume(mask) / volume(truth) - 1.0;
}

Result<StructureEvaluation> evaluate_structure(Structure structure, const Truth& truth,
                                               const EvaluatedPrediction& prediction) {
    if (!fits(prediction.labels, truth.labels()) || !fits(prediction.probability, truth.labels()) ||
        !fits(prediction.uncertainty, truth.labels()))
        return failure(ErrorCode::invalid_argument, "the maps do not lie on the truth's grid");
    const Mask ours = mask_of(prediction.labels, structure);
    const Mask theirs = mask_of(truth.labels(), structure);
    const Mask border = truth.border(structure);
    StructureEvaluation result;
    result.dice = dice(ours, theirs);
    result.volume_bias = volume_bias(ours, theirs);
    result.surface = surface_distance(ours, theirs, truth.labels().geometry);
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const auto probability = static_cast<double>(prediction.probability.voxels[i]);
        const bool wrong = ours[i] != theirs[i];
        const auto doubt = static_cast<float>(binary_entropy(probability));
        result.image.add(probability, theirs[i] != 0);
        if (truth.band()[i] != 0) {
            result.band.add(probability, theirs[i] != 0);
            result.band_errors.add(doubt, wrong);
            result.band_map_errors.add(prediction.uncertainty.voxels[i], wrong);
        }
        if (border[i] != 0) result.border_errors.add(doubt, wrong);
    }
    return result;
}

}  // namespace spineseg
