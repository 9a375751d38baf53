// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The options of every command that reads images with label maps, and the reading with its line of progress.

#include <CLI/CLI.hpp>

#include "lab/cli/training_data.h"
#include "lab/training/case_selection.h"

namespace spineseg {

/// --data, --overview, --vendor, --field-strength: which series. The request must outlive the command.
void add_folder_options(CLI::App& command, TrainingDataRequest& request);
/// --partial-vertebrae, --header-tolerance, --phantoms, --phantom-seed: how they become cases.
void add_reading_options(CLI::App& command, TrainingDataRequest& request);

/// The request, narrowed to what the rules can use: no file is read that no list asks for.
TrainingDataRequest narrowed(TrainingDataRequest request, const CaseRules& rules);

/// How cases are loaded: load_training_cases(), load_anchor_cases().
using CaseLoader = Result<std::vector<TrainingCase>> (*)(const TrainingDataRequest&, const InputPlan&,
                                                         const std::function<void(const std::string&)>&);
/// The same with a count on standard error.
Result<std::vector<TrainingCase>> load_with_progress(const TrainingDataRequest& request,
                                                     const InputPlan& input,
                                                     CaseLoader load = load_training_cases);

}  // namespace spineseg
