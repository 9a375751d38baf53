// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/presegmentation_pass.h"

#include <torch/torch.h>

#include <algorithm>
#include <utility>

#include "worker/inference/sampling/calibration.h"

namespace spineseg {
namespace {

double neighbour_weight(const PresegmentationPlan& plan, const SliceStack& stack) {
    const bool near = stack.slice_spacing_mm > 0.0 && stack.slice_spacing_mm <= plan.neighbour_spacing_mm;
    return near ? plan.neighbour_weight : 0.0;
}

}  // namespace

PresegmentationPass::PresegmentationPass(Presegmenter& presegmenter, const ModelManifest& manifest,
                                         const SliceStack& stack, Input input, BatchSize batch)
    : presegmenter_(presegmenter),
      stack_(stack),
      input_(std::move(input)),
      batch_(batch),
      temperature_(manifest.calibration.presegmentation),
      neighbour_weight_(neighbour_weight(manifest.presegmentation, stack)) {}

const torch::Tensor& PresegmentationPass::alone(std::int64_t slice) {
    const auto known = known_.find(slice);
    if (known != known_.end()) return known->second;
    batch_.attempt([&](std::int64_t most) {
        const auto count = std::min(most, stack_.intensities.size(0) - slice);
        const auto members = presegmenter_.probabilities(stack_, slice, input_(slice, count));
        for (std::int64_t i = 0; i < count; ++i) known_[slice + i] = members.select(1, i);
    });
    return known_.at(slice);
}

torch::Tensor PresegmentationPass::members(std::int64_t slice) {
    known_.erase(known_.begin(), known_.lower_bound(slice - 1));
    if (neighbour_weight_ == 0.0) return tempered(alone(slice), temperature_);
    double weight = 1.0 - 2.0 * neighbour_weight_;
    auto sum = alone(slice) * weight;
    for (const auto neighbour : {slice - 1, slice + 1}) {
        if (neighbour < 0 || neighbour >= stack_.intensities.size(0)) continue;
        sum = sum + alone(neighbour) * neighbour_weight_;
        weight += neighbour_weight_;
    }
    return tempered(sum / weight, temperature_);
}

}  // namespace spineseg
