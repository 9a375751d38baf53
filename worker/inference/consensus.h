// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the samples of one slice agree on, and how far they do. README.md of this folder derives the
/// distribution over {background, canal, vertebra, disc}; every uncertainty is of that distribution, whatever
/// the fusion rule. Streams: the logits of a step are added as they come, in batches of samples. One thread
/// at a time.

#include <torch/types.h>

#include <vector>

#include "config/model_manifest.h"

namespace spineseg {

/// [..,3,H,W] per-structure probabilities → [..,4,H,W], background first: the structures keep theirs and
/// background gets the rest; where they claim more than 1 together they are scaled down to it.
torch::Tensor exclusive_distribution(const torch::Tensor& structure_probabilities);

/// −Σ p ln p over the four classes, divided by ln 4. [..,4,H,W] → [..,H,W], 0..1.
torch::Tensor normalised_entropy(const torch::Tensor& class_probabilities);

/// Mean over all pairs of samples of the Dice of their masks, per structure. [S,3,H,W] in {0,1} → [3]. A pair
/// of empty masks agrees (1); so does a single sample with itself.
torch::Tensor mean_pairwise_dice(const torch::Tensor& masks);

/// The published fusion's weights for its `count` steps, noisiest first (method.md §3.4). They do not sum
/// to 1.
std::vector<double> fusion_weights(FusionRule rule, int count);

struct SliceConsensus {
    torch::Tensor probability;         ///< [3,H,W]
    torch::Tensor entropy;             ///< [H,W]
    torch::Tensor mutual_information;  ///< [H,W], on the entropy's scale and never above it
    torch::Tensor sample_dice;         ///< [3]
    /// [3,H,W], only for the step-fusing rules: max over the fused steps of −p ln p, p = sigmoid of the
    /// samples' mean logit, at least 1e-4 (the original's map, method.md §3.5).
    torch::Tensor original_uncertainty;
};

class ConsensusBuilder {
  public:
    /// Throws std::invalid_argument where more steps are to be fused than there are.
    ConsensusBuilder(const ConsensusPlan& plan, int steps, int samples);

    /// The logits of some samples at a step (0 is the noisiest); each sample once per step.
    void add(int step, const torch::Tensor& logits);
    /// `presegmentation`: [4,H,W], background first. After every sample has been added at every step.
    SliceConsensus finish(const torch::Tensor& presegmentation) const;

  private:
    bool fuses_steps() const { return plan_.fusion != FusionRule::mean_probability; }
    torch::Tensor fused_logits() const;
    torch::Tensor original_uncertainty() const;

    ConsensusPlan plan_;
    int steps_;
    int samples_;
    int first_fused_;                         ///< step index
    std::vector<torch::Tensor> fused_sums_;   ///< per fused step: sum over samples of the logits
    std::vector<torch::Tensor> last_logits_;  ///< of the last step, in the order in which they came
};

}  // namespace spineseg
