// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Is a series worth a worker's time? Decided from tags alone. What only pixels or all slices show (gaps,
/// several stacks, the anatomy itself) is left to the worker, which rejects. Pure; any thread.

#include <optional>
#include <string>

#include "plugin/eligibility_rules.h"
#include "plugin/series_tags.h"

namespace spineseg {

/// What is derived from the tags before the rules are asked.
struct SeriesFacts {
    int images = 0;
    int orientations = 0;               ///< distinct ones, 0 when none is known
    std::string plane;                  ///< "sagittal", "coronal", "axial", "oblique"; empty when unknown
    std::string region;                 ///< "lumbar", "thoracic", "other", "unknown"
    std::string region_evidence;        ///< the pattern that says so; empty when nothing does
    std::optional<double> height_mm;    ///< of the field of view, along the columns
    std::optional<double> coverage_mm;  ///< across the slices
};

struct Eligibility {
    bool eligible = true;
    std::string rule;    ///< the rule that refused; empty when eligible
    std::string reason;  ///< for a person; empty when eligible
    SeriesFacts facts;
};

SeriesFacts derive_facts(const SeriesTags& tags, const RegionRules& region);
Eligibility decide_eligibility(const SeriesTags& tags, const EligibilityRules& rules);

}  // namespace spineseg
