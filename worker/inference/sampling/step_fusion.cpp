// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/step_fusion.h"

#include <torch/torch.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "worker/inference/sampling/sampler.h"

namespace spineseg {
namespace {

/// Diff-UNet floors the probability in its weights ten times higher than the published map does.
constexpr double kStepUncertaintyFloor = 1e-3;

void accumulate(torch::Tensor& sum, const torch::Tensor& part) {
    sum = sum.defined() ? sum + part : part;
}

double sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

}  // namespace

std::vector<double> fusion_weights(FusionRule rule, int count) {
    std::vector<double> weights;
    const double total = count;
    for (int i = 0; i < count; ++i) {
        // Paper, eq. 3: t = 1..T_s and α = T_s/2. Its code: t = 0..T_s−1, one more in the exponent, and α in
        // integers.
        weights.push_back(rule == FusionRule::original_code
                              ? std::exp(-(count / 2) * (total - i + 1.0) / total)
                              : std::exp(-(total / 2.0) * (total - (i + 1)) / total));
    }
    return weights;
}

torch::Tensor published_uncertainty(const torch::Tensor& probability, double floor) {
    const auto p = probability.clamp_min(floor);
    return -p * p.log();
}

StepFusion::StepFusion(FusionRule rule, int fused_steps, int steps, int samples)
    : rule_(rule), samples_(samples), first_(rule == FusionRule::paper ? steps - fused_steps : 0) {
    if (fused_steps < 1 || fused_steps > steps) {
        throw std::invalid_argument("fused_steps is " + std::to_string(fused_steps) + ", but there are " +
                                    std::to_string(steps) + " steps");
    }
    logits_.resize(static_cast<std::size_t>(fused_steps));
    clean_masks_.resize(logits_.size());
}

void StepFusion::add(int step, const torch::Tensor& logits) {
    const auto place = static_cast<std::size_t>(step - first_);
    if (step < first_ || place >= logits_.size()) return;
    // One by one: the sum's roundings do not depend on which samples came together.
    for (std::int64_t sample = 0; sample < logits.size(0); ++sample) {
        accumulate(logits_[place], logits[sample]);
        if (rule_ == FusionRule::step_uncertainty)
            accumulate(clean_masks_[place], x0_from_logits(logits[sample], X0Rule::clamped_logits));
    }
}

torch::Tensor StepFusion::mean_probability(std::size_t place) const {
    return torch::sigmoid(logits_[place] / samples_);
}

torch::Tensor StepFusion::fused() const {
    auto fused = torch::zeros_like(logits_.front());
    if (rule_ == FusionRule::step_uncertainty) {
        const auto total = static_cast<double>(logits_.size());
        for (std::size_t i = 0; i < logits_.size(); ++i) {
            const double lateness = sigmoid((static_cast<double>(i) + 1.0) / total);
            const auto doubt = published_uncertainty(mean_probability(i), kStepUncertaintyFloor);
            fused += clean_masks_[i] * torch::exp(lateness * (1.0 - doubt));
        }
        return fused;
    }
    const auto weights = fusion_weights(rule_, static_cast<int>(logits_.size()));
    for (std::size_t i = 0; i < weights.size(); ++i) fused += logits_[i] * (weights[i] / samples_);
    return fused;
}

torch::Tensor StepFusion::uncertainty() const {
    torch::Tensor largest;
    for (std::size_t i = 0; i < logits_.size(); ++i) {
        const auto uncertainty = published_uncertainty(mean_probability(i), kPublishedFloor);
        largest = largest.defined() ? torch::maximum(largest, uncertainty) : uncertainty;
    }
    return largest;
}

}  // namespace spineseg
