// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The report as one page: tables and charts, nothing loaded from anywhere, light or dark as the reader's
/// system is. Any thread.

#include <string>

#include "lab/evaluation/evaluation_report.h"

namespace spineseg {

/// A whole HTML document.
std::string evaluation_page(const EvaluationReport& report);

}  // namespace spineseg
