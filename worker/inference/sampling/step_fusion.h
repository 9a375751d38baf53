// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The published ways to fuse the steps of a sampling (docs/method.md §3.4, §3.5), and the published
/// uncertainty map. What is kept does not grow with the samples. One thread at a time.

#include <torch/types.h>

#include <vector>

#include "config/model_manifest.h"

namespace spineseg {

/// The exponential weights of `paper` and `original_code` for their `count` steps, noisiest first. They do
/// not sum to 1.
std::vector<double> fusion_weights(FusionRule rule, int count);

/// −p ln p of a probability that is at least `floor`: the published map's summand, no entropy.
torch::Tensor published_uncertainty(const torch::Tensor& probability, double floor);

/// What the published code floors its map's probability at.
inline constexpr double kPublishedFloor = 1e-4;

class StepFusion {
  public:
    /// `rule` is one that fuses steps. `paper` fuses the last `fused_steps` of the `steps`, the others the
    /// first. Throws std::invalid_argument where there are fewer steps than that.
    StepFusion(FusionRule rule, int fused_steps, int steps, int samples);

    /// The logits [s,3,H,W] of some samples at a step (0 is the noisiest); each sample once per step.
    void add(int step, const torch::Tensor& logits);

    /// After all: [3,H,W], a structure where it is above 0. No probability: the weights do not sum to 1.
    torch::Tensor fused() const;
    /// [3,H,W], 0..1/e: max over the fused steps of published_uncertainty of the samples' mean logit's
    /// sigmoid.
    torch::Tensor uncertainty() const;

  private:
    torch::Tensor mean_probability(std::size_t place) const;

    FusionRule rule_;
    int samples_;
    int first_;                               ///< fused step
    std::vector<torch::Tensor> logits_;       ///< per fused step: sum over samples
    std::vector<torch::Tensor> clean_masks_;  ///< the same of the clamped logits; step_uncertainty only
};

}  // namespace spineseg
