// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why a series would be segmented, or why not: the verdict of the rules with every rule's outcome, and what
/// the reader says of its stacks. Runs no model and decodes no pixel. Any thread.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dicom/series.h"
#include "eligibility/verdict.h"
#include "worker/explain/series_files.h"

namespace spineseg {

struct SeriesExplanation {
    SeriesFiles files;
    Eligibility verdict;
    dicom::SeriesInspection stacks;
    /// Both the rules and the reader have nothing against it.
    bool would_run() const { return verdict.eligible && !stacks.fault; }
};

SeriesExplanation explain_series(SeriesFiles files, const EligibilityRules& rules);

/// As POST …/explain answers, with Stacks and Reading besides.
nlohmann::json to_json(const SeriesExplanation& explanation);
/// For a terminal: the rules that fired, with `all` every rule.
std::string to_text(const SeriesExplanation& explanation, bool all);

}  // namespace spineseg
