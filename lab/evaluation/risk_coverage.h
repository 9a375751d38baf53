// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How well a score finds the bad cases. Cases are kept from the most confident downward; the risk at a
/// coverage is the mean loss of those kept (selective prediction: Geifman and El-Yaniv, NeurIPS 2017; as the
/// judge of segmentation scores: Zenk et al., Medical Image Analysis 101, 2025). Cases of one confidence
/// enter together, each with their mean loss, so that their order does not matter. No state; any thread.

#include <optional>
#include <vector>

namespace spineseg {

struct RatedCase {
    double confidence = 0.0;  ///< higher is surer
    double loss = 0.0;        ///< e.g. 1 − Dice
};

struct CoveragePoint {
    double coverage = 0.0;  ///< share of the cases that are kept, above 0
    double risk = 0.0;      ///< their mean loss
};

/// One point a case, coverage rising to 1; empty for no cases.
std::vector<CoveragePoint> risk_coverage(std::vector<RatedCase> cases);

/// The mean of the risk over the points of the curve (AURC); lower is better. Nothing for no cases.
std::optional<double> area_under_risk_coverage(const std::vector<RatedCase>& cases);
/// The AURC of a score that knows the losses: the least that any score can reach.
std::optional<double> least_area_under_risk_coverage(std::vector<RatedCase> cases);

/// Spearman's rank correlation, ties with their mean rank; nothing for fewer than two values or where one
/// side is constant. Throws std::invalid_argument for different lengths.
std::optional<double> rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace spineseg
