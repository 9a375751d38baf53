// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The commands of `spineseg-lab`, built as those of `spineseg` are (worker/cli/command.h).

#include "worker/cli/command.h"

namespace spineseg {

void add_bodies_command(CLI::App& app);
void add_calibrate_command(CLI::App& app);
void add_convert_command(CLI::App& app);
void add_crossvalidate_command(CLI::App& app);
void add_curves_command(CLI::App& app);
void add_degrade_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_intervals_command(CLI::App& app);
void add_levels_command(CLI::App& app);
void add_pack_command(CLI::App& app);
void add_self_test_command(CLI::App& app);
void add_split_command(CLI::App& app);
void add_sweep_command(CLI::App& app);
void add_train_command(CLI::App& app);

}  // namespace spineseg
