// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One network of a bundle, trained in a run's folder and put into the bundle's: weights as float16, their
/// digest in the manifest, and in training.json, by the file's name, how they came about. patients.json of
/// the run says who it was trained on, so that a refiner can be shown what its presegmenter makes of others.
/// One thread; the caller has set LibTorch's threads.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "lab/training/augmentation.h"
#include "lab/training/case_selection.h"
#include "lab/training/trainer.h"

namespace spineseg {

struct BundleTraining {
    TrainedNetwork network = TrainedNetwork::presegmentation;
    ModelManifest manifest;        ///< the plan
    std::filesystem::path bundle;  ///< made if it is not there
    std::filesystem::path run;
    /// For the diffusion: finished runs, see DiffusionTraining::presegmenters.
    std::vector<std::filesystem::path> presegmentation_runs;
    std::size_t member = 0;  ///< which of the manifest's members the weights become
    AugmentationPlan augmentation;
    TrainingPlan plan;
};

/// What decides the result: run.json of the run, and an entry of the bundle's training.json. Names no folder
/// and no machine.
nlohmann::json training_record(const BundleTraining& training, const SelectedCases& cases);

/// False: the sink asked to stop; the same call goes on. model_invalid: the manifest has no such member. Also
/// see begin_or_resume(), train(), validators; file_unwritable.
Result<bool> train_bundle(const BundleTraining& training, const SelectedCases& cases, const ReportSink& sink);

}  // namespace spineseg
