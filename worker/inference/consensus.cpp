// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/consensus.h"

#include <torch/torch.h>

#include <cmath>
#include <stdexcept>

#include "core/volume.h"
#include "worker/inference/sampler.h"

namespace spineseg {
namespace {

constexpr double kOriginalFloor = 1e-4;

torch::Tensor structures_of(const torch::Tensor& class_probabilities) {
    return class_probabilities.narrow(-3, 1, kStructures);
}

}  // namespace

torch::Tensor exclusive_distribution(const torch::Tensor& structure_probabilities) {
    const auto claimed = structure_probabilities.sum(-3, true);
    const auto structures = structure_probabilities / claimed.clamp_min(1.0);
    return torch::cat({(1.0 - claimed).clamp_min(0.0), structures}, -3);
}

torch::Tensor normalised_entropy(const torch::Tensor& class_probabilities) {
    // special_entr is −p ln p with 0 at p = 0.
    return torch::special_entr(class_probabilities).sum(-3) / std::log(kStructures + 1.0);
}

torch::Tensor mean_pairwise_dice(const torch::Tensor& masks) {
    const auto samples = masks.size(0);
    if (samples < 2) return torch::ones({kStructures});
    const auto flat = masks.to(torch::kFloat32).flatten(2).transpose(0, 1);  // [3, S, pixels]
    const auto common = torch::bmm(flat, flat.transpose(1, 2));
    const auto area = flat.sum(2);
    const auto both = area.unsqueeze(1) + area.unsqueeze(2);
    const auto dice = torch::where(both > 0, 2.0 * common / both.clamp_min(1.0), torch::ones_like(both));
    const auto pairs = static_cast<double>(samples * (samples - 1));
    return ((dice.sum({1, 2}) - static_cast<double>(samples)) / pairs).to(torch::kCPU);
}

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

ConsensusBuilder::ConsensusBuilder(const ConsensusPlan& plan, int steps, int samples)
    : plan_(plan), steps_(steps), samples_(samples), first_fused_(0) {
    if (steps < 1 || samples < 1) throw std::invalid_argument("a consensus needs a sample and a step");
    if (!fuses_steps()) return;
    if (plan.fused_steps < 1 || plan.fused_steps > steps) {
        throw std::invalid_argument("fused_steps is " + std::to_string(plan.fused_steps) +
                                    ", but there are " + std::to_string(steps) + " steps");
    }
    fused_sums_.resize(static_cast<std::size_t>(plan.fused_steps));
    if (plan.fusion == FusionRule::paper) first_fused_ = steps - plan.fused_steps;
}

void ConsensusBuilder::add(int step, const torch::Tensor& logits) {
    if (step == steps_ - 1) last_logits_.push_back(logits);
    const auto place = static_cast<std::size_t>(step - first_fused_);
    if (step < first_fused_ || place >= fused_sums_.size()) return;
    const auto sum = logits.sum(0);
    fused_sums_[place] = fused_sums_[place].defined() ? fused_sums_[place] + sum : sum;
}

torch::Tensor ConsensusBuilder::fused_logits() const {
    const auto weights = fusion_weights(plan_.fusion, plan_.fused_steps);
    auto fused = torch::zeros_like(fused_sums_.front());
    for (std::size_t i = 0; i < weights.size(); ++i) fused += fused_sums_[i] * (weights[i] / samples_);
    return fused;
}

torch::Tensor ConsensusBuilder::original_uncertainty() const {
    torch::Tensor largest;
    for (const auto& sum : fused_sums_) {
        const auto p = torch::sigmoid(sum / samples_).clamp_min(kOriginalFloor);
        const auto uncertainty = -p * p.log();
        largest = largest.defined() ? torch::maximum(largest, uncertainty) : uncertainty;
    }
    return largest;
}

SliceConsensus ConsensusBuilder::finish(const torch::Tensor& presegmentation) const {
    const auto logits = torch::cat(last_logits_);
    TORCH_CHECK(logits.size(0) == samples_, "the consensus has not seen every sample");
    const double weight = plan_.presegmentation_weight;
    const auto members = exclusive_distribution(torch::sigmoid(logits));  // [S,4,H,W]
    const auto mixed = members.mean(0) * (1.0 - weight) + presegmentation * weight;
    const auto expected =
        normalised_entropy(members).mean(0) * (1.0 - weight) + normalised_entropy(presegmentation) * weight;

    SliceConsensus consensus;
    consensus.entropy = normalised_entropy(mixed).clamp(0.0, 1.0);
    // The difference is never negative (Jensen); rounding is.
    consensus.mutual_information =
        torch::minimum((consensus.entropy - expected).clamp_min(0.0), consensus.entropy);
    consensus.sample_dice = mean_pairwise_dice(likeliest_structure(members));
    if (fuses_steps()) {
        consensus.probability =
            torch::sigmoid(fused_logits()) * (1.0 - weight) + structures_of(presegmentation) * weight;
        consensus.original_uncertainty = original_uncertainty();
    } else {
        consensus.probability = structures_of(mixed).contiguous();
    }
    return consensus;
}

}  // namespace spineseg
