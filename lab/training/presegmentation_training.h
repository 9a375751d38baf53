// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Trains the presegmentation U-Net: cross-entropy + Dice on augmented crops, of which pixels that nobody has
/// labelled do not count. See trainer.h for the run's
/// folder.

#include <torch/types.h>

#include <functional>

#include "lab/training/augmentation.h"
#include "lab/training/trainer.h"

namespace spineseg {

/// Of the network's logits for a batch's image.
using BatchLoss = std::function<torch::Tensor(const torch::Tensor& logits, const TrainingBatch& batch)>;

/// Trains a U-Net of the presegmentation's kind on augmented crops with any loss.
Result<Trained> train_unet(const std::vector<TrainingCase>& cases, const InputPlan& input,
                           const Widths& widths, const AugmentationPlan& augmentation,
                           const TrainingPlan& plan, const std::filesystem::path& run_folder,
                           const ReportSink& sink, const BatchLoss& loss);

Result<Trained> train_presegmentation(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                      const Widths& widths, const AugmentationPlan& augmentation,
                                      const TrainingPlan& plan, const std::filesystem::path& run_folder,
                                      const ReportSink& sink);

}  // namespace spineseg
