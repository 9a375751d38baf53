// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Trains the denoiser with its image encoder to give x_0 from noised masks: true masks, and masks that the
/// presegmenter gives, with the truth as the target of both (method.md §3.2, §3.6). See trainer.h for the
/// run's folder.

#include "worker/training/augmentation.h"
#include "worker/training/trainer.h"

namespace spineseg {

struct DiffusionTraining {
    DiffusionPlan diffusion;  ///< widths, schedule, timesteps, image encoder
    AugmentationPlan augmentation;
    TrainingPlan training;
    TensorMap presegmenter;  ///< trained weights; encoder and decoder start from them where widths agree
    TensorMap
        early_presegmenter;  ///< an early checkpoint of it, with real errors on training cases; may be empty
    Widths presegmenter_widths;
    double presegmentation_share = 0.5;  ///< of the noised masks
    double early_share = 0.7;            ///< of those, from the early checkpoint
};

Result<Trained> train_diffusion(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                const DiffusionTraining& settings, const std::filesystem::path& run_folder,
                                const ReportSink& sink);

}  // namespace spineseg
