// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a training command does, wherever its cases come from: `spineseg-lab train` reads images,
/// `spineseg-train` on a GPU machine a packed file only. Folds, overrides of the plan, threads, interrupts
/// and the lines on standard error are here. One thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "lab/training/augmentation.h"
#include "lab/training/case_selection.h"
#include "lab/training/trainer.h"

namespace spineseg {

struct TrainOptions {
    std::string
        bundle;       ///< its manifest is the plan; the weights go into it, with `folds` into bundle/fold_K
    std::string run;  ///< with `folds` run/fold_K
    std::vector<std::string> presegmentation_runs;
    std::size_t member = 0;  ///< which of the manifest's members the weights become
    std::string initial;     ///< see read_initial_weights()
    std::string packed;      ///< file of `spineseg-lab pack`
    CaseRules rules;
    std::string splits;            ///< splits_final.json
    std::optional<int> fold;       ///< one fold, into `bundle` and `run` themselves
    std::string folds;             ///< "all" or "0,2": one after another
    std::optional<int> timesteps;  ///< T instead of the manifest's (diffusion)
    std::optional<int>
        classes;  ///< background included, as the original's --num_classes; checked, never changed
    std::optional<double> epochs;  ///< passes over the slices instead of plan.iterations
    std::string precision = "auto";
    int threads = 0;
    AugmentationPlan augmentation;
    TrainingPlan plan;
};

/// All cases there are; the folds and rules are applied afterwards.
using CaseSource = std::function<Result<std::vector<TrainingCase>>(const InputPlan& input)>;
/// Told after every row of a run's log.csv.
using LogWatcher = std::function<void(const std::filesystem::path& run_folder)>;

/// invalid_argument for options that contradict each other or the plan, before any case is read. A stop by
/// SIGINT or SIGTERM is no error: it leaves checkpoints, and the same command goes on from them.
Result<void> run_training(TrainOptions options, TrainedNetwork network, const CaseSource& source,
                          const LogWatcher& watcher);

}  // namespace spineseg
