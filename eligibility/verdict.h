// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a series is to be segmented, and which weighting it has. Decided from tags alone, with the outcome of
/// every rule, so that anybody can be told why. What only all slices or pixels show (gaps, several stacks,
/// the anatomy itself) is left to the worker, which rejects. Pure; any thread.

#include <string>
#include <vector>

#include "eligibility/facts.h"
#include "eligibility/rules.h"
#include "eligibility/series_tags.h"

namespace spineseg {

/// What became of one rule.
struct RuleOutcome {
    std::string id;
    std::string says;   ///< "exclude", "for", "against", or a contrast rule's "T2 (physics)"
    double weight = 0;  ///< log-odds, signed, or a contrast rule's confidence; 0 for exclude
    std::string because;
    std::vector<std::string> looks_at;
    bool fired = false;
    std::string why;  ///< what was found, or what was missing
};

struct ContrastFinding {
    Contrast contrast = Contrast::unknown;
    double confidence = 0;     ///< 0..1
    std::string physics_rule;  ///< that decided; empty when physics is silent
    std::string text_rule;
    bool disagree = false;  ///< text and physics; then physics decides, with less confidence
    bool fat_suppressed = false;
    std::vector<RuleOutcome> outcomes;  ///< of every contrast rule, in their order
};

struct Eligibility {
    bool eligible = true;
    double confidence = 0.5;  ///< 0..1 that this is a lumbar series worth segmenting
    double threshold = 0.5;   ///< what it takes
    std::string rule;         ///< that refused, or "low_confidence"; empty when eligible
    std::string reason;       ///< for a person; empty when eligible
    SeriesFacts facts;
    ContrastFinding contrast;
    std::vector<RuleOutcome> outcomes;  ///< of every rule, in their order
};

ContrastFinding classify_contrast(const SeriesTags& tags, const SeriesFacts& facts,
                                  const EligibilityRules& rules);

/// Every rule is asked. One that excludes refuses, whatever speaks for the series; else the confidence is the
/// logistic of the sum of the weights (0.5 where nothing is known) and must reach the threshold.
Eligibility decide_eligibility(const SeriesTags& tags, const EligibilityRules& rules);

}  // namespace spineseg
