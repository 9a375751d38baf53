// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/ensemble_statistics.h"

#include <torch/torch.h>

#include <cmath>

#include "core/volume.h"
#include "worker/inference/sampling/sampler.h"

namespace spineseg {

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

EnsembleStatistics ensemble_statistics(const torch::Tensor& distributions) {
    EnsembleStatistics statistics;
    statistics.mean = distributions.mean(0);
    statistics.expected_entropy = normalised_entropy(distributions).mean(0);
    statistics.variance = distributions.narrow(1, 1, kStructures).var(/*dim=*/0, /*unbiased=*/false);
    statistics.dice = mean_pairwise_dice(likeliest_structure(distributions));
    return statistics;
}

}  // namespace spineseg
