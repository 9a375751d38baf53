// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An evaluation as text on standard output, a line a case.

#include <optional>
#include <string>
#include <vector>

#include "lab/evaluation/evaluation_report.h"

namespace spineseg {

/// "0.9069", or "-" where there is nothing.
std::string figure_text(const std::optional<double>& value, int digits);

void print_case_header(const std::vector<Structure>& structures);
void print_case(const EvaluatedCase& one, const std::vector<Structure>& structures);
/// Means over the cases, then a table of every figure, then how well the verdict did.
void print_means(const EvaluationReport& report);

}  // namespace spineseg
