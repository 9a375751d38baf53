// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The mean of the presegmentation and the samples of one slice, and how far they agree, as the manifest's
/// consensus and calibration say. Streams: the logits of a step are added as they come, in batches of
/// samples. README.md of this folder derives every map. One thread at a time.

#include <torch/types.h>

#include <optional>
#include <vector>

#include "config/model_manifest.h"
#include "worker/inference/sampling/ensemble_statistics.h"
#include "worker/inference/sampling/step_fusion.h"

namespace spineseg {

struct SliceConsensus {
    torch::Tensor probability;         ///< [3,H,W]: what decides, by threshold
    torch::Tensor mean_probability;    ///< [3,H,W]: a true probability, under every fusion rule
    torch::Tensor uncertainty;         ///< [H,W], 0..1: the map that the plan's uncertainty rule names
    torch::Tensor entropy;             ///< [H,W], 0..1: of the mean distribution, normalised
    torch::Tensor mutual_information;  ///< [H,W]: the part of the entropy that disagreement explains
    torch::Tensor variance;            ///< [3,H,W]: between the samples; without samples, between members
    torch::Tensor sample_dice;         ///< [3], on the CPU: mean pairwise Dice, of the same
    /// [3,H,W], 0..1/e, only for the step-fusing rules: the published map per structure (docs/method.md
    /// §3.5).
    torch::Tensor original_uncertainty;
};

/// The presegmentation alone: the result where no samples are asked for. Its members' disagreement is the
/// mutual information.
SliceConsensus presegmentation_consensus(const ConsensusPlan& plan, const CalibrationPlan& calibration,
                                         const EnsembleStatistics& presegmentation);

class ConsensusBuilder {
  public:
    /// Throws std::invalid_argument where more steps are to be fused than there are.
    ConsensusBuilder(const ConsensusPlan& plan, int steps, int samples,
                     const CalibrationPlan& calibration = {});

    /// The logits of some samples at a step (0 is the noisiest); each sample once per step.
    void add(int step, const torch::Tensor& logits);
    /// After every sample has been added at every step.
    SliceConsensus finish(const EnsembleStatistics& presegmentation) const;

  private:
    ConsensusPlan plan_;
    CalibrationPlan calibration_;
    int steps_;
    int samples_;
    std::optional<StepFusion> fusion_;
    std::vector<torch::Tensor> last_logits_;  ///< of the last step, in the order in which they came
};

}  // namespace spineseg
