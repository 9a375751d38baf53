// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The command line of training, shared by `spineseg-lab train` and `spineseg-train`. Descriptions only; the
/// values must outlive the command.

#include <CLI/CLI.hpp>

#include "lab/training/train_program.h"

namespace spineseg {

/// --ids, --exclude (--hold-out), --contrast.
void add_case_options(CLI::App& command, CaseRules& rules);

/// Everything but where images are read from. Adds the defaults that differ between the networks.
void add_train_options(CLI::App& command, TrainOptions& options, TrainedNetwork network);

/// What to type, for the end of a help page.
std::string train_examples(const std::string& program, const std::string& data);

}  // namespace spineseg
