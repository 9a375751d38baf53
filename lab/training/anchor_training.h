// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Trains the network that recognises L5 and S1 (config's AnchorPlan), from masks that say little: a pixel has a set of
/// classes that it may be, and the loss is that of the set. See trainer.h for the run's folder.

#include <torch/types.h>

#include "lab/training/augmentation.h"
#include "lab/training/trainer.h"

namespace spineseg {

/// Cross-entropy of sets: −log of the summed probability of the classes that a pixel may be, plus Dice of body, L5 and S1
/// over the pixels whose class is known. `logits` [N, 4, H, W] in AnchorClass's order. `may_be` [N, 3, H, W], body, L5
/// and S1: 1 it is, 0.5 it may be, 0 it is not; what may be nothing of these, or need not, may be `other`. Values
/// between come from resampling and count as "may be".
torch::Tensor anchor_loss(const torch::Tensor& logits, const torch::Tensor& may_be);

/// The plan without what would make a view beside the midline or a void of `may_be`.
AugmentationPlan anchor_augmentation(AugmentationPlan plan);

/// The cases' `shares` are `may_be` as above; the plan is anchor_augmentation()'s.
Result<Trained> train_anchor(const std::vector<TrainingCase>& cases, const InputPlan& input,
                             const Widths& widths, const AugmentationPlan& augmentation,
                             const TrainingPlan& plan, const std::filesystem::path& run_folder,
                             const ReportSink& sink);

}  // namespace spineseg
