// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/calibration.h"

#include <torch/torch.h>

#include "core/volume.h"

namespace spineseg {
namespace {

torch::Tensor normalised(const torch::Tensor& weights) {
    return weights / weights.sum(-3, true);
}

}  // namespace

torch::Tensor tempered(const torch::Tensor& distribution, double temperature) {
    if (temperature == 1.0) return distribution;
    return normalised(distribution.pow(1.0 / temperature));
}

torch::Tensor tempered(const torch::Tensor& distribution, const PerStructure& temperature) {
    if (temperature.canal == 1.0 && temperature.vertebra == 1.0 && temperature.disc == 1.0)
        return distribution;
    const auto exponents =
        torch::tensor({1.0 / temperature.canal, 1.0 / temperature.vertebra, 1.0 / temperature.disc},
                      distribution.options());
    const auto likeliest = distribution.narrow(-3, 1, kStructures).argmax(-3, true);
    const auto exponent = exponents.index_select(0, likeliest.flatten()).reshape(likeliest.sizes());
    return normalised(distribution.pow(exponent));
}

}  // namespace spineseg
