// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// curves.png of a run: its loss, its learning rate, and where it was validated the Dice on patients that it
/// does not train on. Drawn from log.csv and validation.csv as they are: no smoothing, every axis of loss and
/// rate begins at zero. One thread.

#include <filesystem>
#include <vector>

#include "core/result.h"
#include "lab/evaluation/svg_chart.h"

namespace spineseg {

/// The charts of a run's folder, one for loss and rate each, one for Dice if there is a validation.csv.
/// file_not_found without a log.csv, file_unreadable for one that is not the trainer's.
Result<std::vector<Chart>> training_charts(const std::filesystem::path& run_folder);

/// The charts beside each other, as a PNG.
std::vector<std::byte> chart_sheet(const std::vector<Chart>& charts);

/// curves.png in the run's folder, replaced whole.
Result<void> write_curves(const std::filesystem::path& run_folder);

}  // namespace spineseg
