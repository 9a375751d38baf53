// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why a series would be segmented, or why not: the verdict of the rules with every rule's outcome, and what
/// the reader says of its stacks. Runs no model and decodes no pixel. Any thread.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eligibility/verdict.h"
#include "worker/explain/series_files.h"

namespace spineseg {

struct SeriesExplanation {
    SeriesFiles files;
    Eligibility verdict;
    /// Why the files cannot be read although the headers that the rules look at are right: a cut file, pixels
    /// in an encoding that is not read. Else what the headers say of their stacks.
    std::optional<Error> reading_fault;
    /// Both the rules and the reader have nothing against it.
    bool would_run() const { return verdict.eligible && !reading_fault; }
    /// Why not, for a person; empty where it would run.
    std::string reason() const;
    /// What would be read; empty where nothing would be.
    std::string reads() const;
};

SeriesExplanation explain_series(SeriesFiles files, const EligibilityRules& rules);

/// As POST …/explain answers, with the files' own fault in Reading.
nlohmann::json to_json(const SeriesExplanation& explanation);
/// For a terminal: the rules that fired, with `all` every rule.
std::string to_text(const SeriesExplanation& explanation, bool all);
/// One row of a Markdown table for each series, under a line of headings: series, what would be read, why not
/// and what is left aside. Folders are named relative to `root`.
std::string to_table(const std::vector<SeriesExplanation>& explanations, const std::filesystem::path& root);

}  // namespace spineseg
