// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/consensus.h"

#include <torch/torch.h>

#include <numbers>
#include <stdexcept>

#include "core/volume.h"
#include "worker/inference/sampling/calibration.h"

namespace spineseg {
namespace {

/// Of −p ln p, at p = 1/e.
constexpr double kLargestPublishedUncertainty = 1.0 / std::numbers::e;

torch::Tensor structures_of(const torch::Tensor& class_probabilities) {
    return class_probabilities.narrow(-3, 1, kStructures);
}

/// The original adds the structures' maps up; here over the largest sum, so that the scale is 0..1 and fixed.
torch::Tensor on_fixed_scale(const torch::Tensor& original_uncertainty) {
    return original_uncertainty.sum(0) / (kStructures * kLargestPublishedUncertainty);
}

/// What a mean distribution and the mean of its parts' entropies make of a consensus.
SliceConsensus from_mixture(const torch::Tensor& mixed, const torch::Tensor& expected_entropy,
                            const CalibrationPlan& calibration) {
    SliceConsensus consensus;
    consensus.entropy = normalised_entropy(mixed).clamp(0.0, 1.0);
    // The difference is never negative (Jensen); rounding is.
    consensus.mutual_information =
        torch::minimum((consensus.entropy - expected_entropy).clamp_min(0.0), consensus.entropy);
    const auto calibrated = tempered(mixed, calibration.structure);
    if (!calibrated.is_same(mixed)) {
        // The disagreement keeps its share of the uncertainty.
        const auto entropy = normalised_entropy(calibrated).clamp(0.0, 1.0);
        const auto share = consensus.mutual_information / consensus.entropy.clamp_min(1e-12);
        consensus.mutual_information = share.clamp_max(1.0) * entropy;
        consensus.entropy = entropy;
    }
    consensus.mean_probability = structures_of(calibrated).contiguous();
    return consensus;
}

}  // namespace

SliceConsensus presegmentation_consensus(const ConsensusPlan& plan, const CalibrationPlan& calibration,
                                         const EnsembleStatistics& presegmentation) {
    auto consensus = from_mixture(presegmentation.mean, presegmentation.expected_entropy, calibration);
    consensus.probability = consensus.mean_probability;
    consensus.variance = presegmentation.variance;
    consensus.sample_dice = presegmentation.dice;
    consensus.uncertainty = consensus.entropy;
    if (plan.uncertainty == UncertaintyRule::original) {
        consensus.original_uncertainty =
            published_uncertainty(structures_of(presegmentation.mean), kPublishedFloor);
        consensus.uncertainty = on_fixed_scale(consensus.original_uncertainty);
    }
    return consensus;
}

ConsensusBuilder::ConsensusBuilder(const ConsensusPlan& plan, int steps, int samples,
                                   const CalibrationPlan& calibration)
    : plan_(plan), calibration_(calibration), steps_(steps), samples_(samples) {
    if (steps < 1 || samples < 1) throw std::invalid_argument("a consensus needs a sample and a step");
    if (plan.fusion != FusionRule::mean_probability)
        fusion_.emplace(plan.fusion, plan.fused_steps, steps, samples);
}

void ConsensusBuilder::add(int step, const torch::Tensor& logits) {
    if (step == steps_ - 1) last_logits_.push_back(logits);
    if (fusion_) fusion_->add(step, logits);
}

SliceConsensus ConsensusBuilder::finish(const EnsembleStatistics& presegmentation) const {
    const auto logits = torch::cat(last_logits_);
    TORCH_CHECK(logits.size(0) == samples_, "the consensus has not seen every sample");
    const double weight = plan_.presegmentation_weight;
    const auto samples =
        ensemble_statistics(tempered(exclusive_distribution(torch::sigmoid(logits)), calibration_.diffusion));
    const auto mixed = samples.mean * (1.0 - weight) + presegmentation.mean * weight;
    const auto expected =
        samples.expected_entropy * (1.0 - weight) + presegmentation.expected_entropy * weight;

    auto consensus = from_mixture(mixed, expected, calibration_);
    consensus.probability = consensus.mean_probability;
    consensus.variance = samples.variance;
    consensus.sample_dice = samples.dice;
    consensus.uncertainty = consensus.entropy;
    if (fusion_) {
        consensus.probability =
            torch::sigmoid(fusion_->fused()) * (1.0 - weight) + structures_of(presegmentation.mean) * weight;
        consensus.original_uncertainty = fusion_->uncertainty();
        if (plan_.uncertainty == UncertaintyRule::original)
            consensus.uncertainty = on_fixed_scale(consensus.original_uncertainty);
    }
    return consensus;
}

}  // namespace spineseg
