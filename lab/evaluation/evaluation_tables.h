// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The tables of the evaluation's page, as HTML. No state; any thread.

#include <cstddef>
#include <optional>
#include <string>

#include "lab/evaluation/evaluation_report.h"

namespace spineseg {

/// The structures' means over cases, and their calibration over all voxels.
std::string summary_table(const EvaluationReport& report);
/// Dice, score and verdict of every case.
std::string case_table(const EvaluationReport& report);
/// Volume bias and mean signed surface distance of every structure in every case.
std::string border_table(const EvaluationReport& report);

/// A structure's place in CaseFigures and PooledFigures.
inline std::size_t index_of(Structure structure) {
    return static_cast<std::size_t>(structure);
}

/// A dash where there is nothing.
std::string number_text(const std::optional<double>& value, int digits);

}  // namespace spineseg
