// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation_pass.h"

#include <torch/torch.h>

#include <utility>

#include "worker/inference/calibration.h"

namespace spineseg {
namespace {

double neighbour_weight(const PresegmentationPlan& plan, const SliceStack& stack) {
    const bool near = stack.slice_spacing_mm > 0.0 && stack.slice_spacing_mm <= plan.neighbour_spacing_mm;
    return near ? plan.neighbour_weight : 0.0;
}

}  // namespace

PresegmentationPass::PresegmentationPass(Presegmenter& presegmenter, const ModelManifest& manifest,
                                         const SliceStack& stack,
                                         std::function<torch::Tensor(std::int64_t slice)> input)
    : presegmenter_(presegmenter),
      stack_(stack),
      input_(std::move(input)),
      temperature_(manifest.calibration.presegmentation),
      neighbour_weight_(neighbour_weight(manifest.presegmentation, stack)) {}

const torch::Tensor& PresegmentationPass::alone(std::int64_t slice) {
    const auto known = known_.find(slice);
    if (known != known_.end()) return known->second;
    return known_[slice] = presegmenter_.probabilities(stack_, slice, input_(slice)).select(1, 0);
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
