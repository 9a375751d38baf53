// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Trains the denoiser with its image encoder to give x_0 from noised masks, with the truth as the target
/// (docs/method.md §3.2, §3.6). The masks are what sampling will start from, presegmentations, preferably of
/// patients that the presegmenter has not seen: on its own training patients it makes hardly an error, and a
/// refiner would learn to copy it. Some are the truth, some the truth damaged. Timesteps are drawn up to the
/// noisiest one that sampling visits. See trainer.h for the run's folder.

#include <set>
#include <string>
#include <vector>

#include "lab/training/augmentation.h"
#include "lab/training/mask_corruption.h"
#include "lab/training/trainer.h"

namespace spineseg {

struct TrainedPresegmenter {
    TensorMap weights;
    Widths widths;
    std::set<std::string> patients;  ///< that it was trained on
};

struct DiffusionTraining {
    DiffusionPlan diffusion;  ///< widths, schedule, timesteps, start, prediction, image encoder
    AugmentationPlan augmentation;
    TrainingPlan training;
    MaskCorruptionPlan corruption;
    /// At least one. Encoder and decoder start from the first, where widths agree; each slice is given to
    /// one that has not seen its patient, if there is one.
    std::vector<TrainedPresegmenter> presegmenters;
    double presegmentation_share = 0.6;  ///< of the noised masks; the others are true
    double corrupted_share = 0.5;        ///< of the true ones
};

Result<Trained> train_diffusion(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                const DiffusionTraining& settings, const std::filesystem::path& run_folder,
                                const ReportSink& sink);

}  // namespace spineseg
