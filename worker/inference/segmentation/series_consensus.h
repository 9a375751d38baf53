// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

namespace spineseg {

/// The ensemble's mean and agreement for a series, on the model grid, on the CPU. Channels are core's Structure order; the
/// README derives every map. Nothing grows with the number of samples or members.
struct Consensus {
    torch::Tensor probability;  ///< float32 [N, 3, H, W]: decides, by the manifest's threshold. Under a
                                ///< step-fusing rule a decision value, no probability
    torch::Tensor
        mean_probability;  ///< float32 [N, 3, H, W]: calibrated mean over samples and presegmentation
    torch::Tensor presegmentation;  ///< float32 [N, 3, H, W]: the mean of the presegmenter's members
    torch::Tensor uncertainty;      ///< float32 [N, H, W], 0..1: the map that the manifest's rule names
    torch::Tensor entropy;          ///< float32 [N, H, W]: total predictive entropy over {background, canal,
                                    ///< vertebra, disc}, divided by ln 4
    torch::Tensor mutual_information;  ///< float32 [N, H, W]: the part of it that the disagreement of samples
                                       ///< and members explains, never above it
    torch::Tensor variance;     ///< float32 [N, 3, H, W]: of the samples' probabilities; without samples, of
                                ///< the presegmentation members'
    torch::Tensor sample_dice;  ///< float32 [N, 3]: mean pairwise Dice of the same (1 where all are empty)
    /// float32 [N, 3, H, W], only under the rule `original`: the published map per structure, 0..1/e.
    torch::Tensor original_uncertainty;

    /// float32 [N, H, W]: the part of the entropy that every sample has by itself.
    torch::Tensor aleatoric() const;
};

}  // namespace spineseg
