// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Several segmentations of one slice, as distributions over {background, canal, vertebra, disc}: what they agree
/// on, and how far they do. The same for the samples of a diffusion and for the members of a presegmentation.
/// README.md of this folder derives the distribution. Values; any thread.

#include <torch/types.h>

namespace spineseg {

/// [..,3,H,W] per-structure probabilities → [..,4,H,W], background first: the structures keep theirs and
/// background gets the rest; where they claim more than 1 together they are scaled down to it.
torch::Tensor exclusive_distribution(const torch::Tensor& structure_probabilities);

/// −Σ p ln p over the four classes, divided by ln 4. [..,4,H,W] → [..,H,W], 0..1.
torch::Tensor normalised_entropy(const torch::Tensor& class_probabilities);

/// Mean over all pairs of opinions of the Dice of their masks, per structure. [S,3,H,W] in {0,1} → [3]. A
/// pair of empty masks agrees (1); so does a single opinion with itself.
torch::Tensor mean_pairwise_dice(const torch::Tensor& masks);

struct EnsembleStatistics {
    torch::Tensor mean;              ///< [4,H,W]
    torch::Tensor expected_entropy;  ///< [H,W]: mean of the opinions' own normalised entropies
    torch::Tensor variance;  ///< [3,H,W]: of the structures' probabilities, over all (not n − 1), 0..1/4
    torch::Tensor dice;      ///< [3], on the CPU: mean_pairwise_dice of their likeliest classes
};

/// Of equally weighted opinions [S,4,H,W].
EnsembleStatistics ensemble_statistics(const torch::Tensor& distributions);

}  // namespace spineseg
