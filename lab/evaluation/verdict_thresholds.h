// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Thresholds of the quality verdict from cases whose truth is known: good ones and degraded ones. No state.

#include <array>
#include <vector>

#include "core/result.h"
#include "lab/evaluation/evaluation_report.h"

namespace spineseg {

struct VerdictThresholds {
    double review_below = 0.0;
    double reject_below = 0.0;
    std::array<double, kStructures> review_structure_below{}, reject_structure_below{};
};

struct ThresholdRule {
    /// A case whose mean Dice is lower is worth a person's look, and one lower still is worth nothing.
    double review_dice = 0.80;
    double reject_dice = 0.50;
    /// No more than this share of the good cases may be sent to review by the series' score, nor by that of a
    /// structure.
    double most_good_flagged = 0.05;
};

/// The threshold that separates best: of all places between two neighbouring scores the one with the fewest
/// wrong sides (a bad case above counts as much as a good one below, each by the share of its kind), among
/// those that flag few enough good cases. `bad` and `good` are scores; 0 where one of them is empty.
double separating_threshold(std::vector<double> bad, std::vector<double> good, double most_good_flagged);

/// invalid_argument where no case has a Dice.
Result<VerdictThresholds> fit_thresholds(const std::vector<EvaluatedCase>& cases,
                                         const ThresholdRule& rule = {});

}  // namespace spineseg
