// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Trains the presegmentation U-Net: cross-entropy + Dice on augmented crops, of which pixels that nobody has
/// labelled do not count. See trainer.h for the run's
/// folder.

#include "lab/training/augmentation.h"
#include "lab/training/trainer.h"

namespace spineseg {

Result<Trained> train_presegmentation(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                      const Widths& widths, const AugmentationPlan& augmentation,
                                      const TrainingPlan& plan, const std::filesystem::path& run_folder,
                                      const ReportSink& sink);

}  // namespace spineseg
