// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How often the true value lies within a measurement's interval. Pure; any thread.

#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "worker/levels/interval_rule.h"

namespace spineseg {

/// One value that was measured in a result and in the truth.
struct MeasuredPair {
    std::string id;  ///< the patient's
    Structure structure = Structure::vertebra;
    Quantity quantity = Quantity::depth;
    double found = 0;
    double truth = 0;
    double spread = 0;  ///< how far its borders move, worker/levels/measure.h
    std::string measure() const;
    IntervalTerms terms() const;  ///< of the shipped rule
    double reported() const;      ///< the ± by the shipped rule
    double error() const { return found - truth; }
};

/// A column with what was measured in it.
struct MeasuredColumn {
    SpineLevels levels;
    std::vector<StructureMeasurements> measurements;
};

/// Every structure, and the volume of those that the stack cuts too: what of them lies within it.
Result<MeasuredColumn> measure_all(const LabelMap& labels, const StructureProbabilities* probability);

/// Structures are paired by the place of their centres, the two grids may differ; what only one of them has, and what has
/// no uncertainty, is left out.
std::vector<MeasuredPair> pairs_of(const std::string& id, const MeasuredColumn& found,
                                   const MeasuredColumn& truth);

/// The rule of each measure.
using IntervalRules = std::map<std::string, IntervalTerms>;
/// On these pairs 68 % of the true values lie within the ± of each rule and 95 % within the wider interval; among such rules,
/// which share spread and fixed part in other ways, the narrowest one. A measure of fewer than 10 values gets none.
IntervalRules fit_intervals(const std::vector<MeasuredPair>& pairs);

struct CoverageRow {
    std::string measure;
    std::size_t count = 0;
    double within_68 = 0;  ///< share of the true values
    double within_95 = 0;
    double median_width = 0;  ///< half the 68 % interval, in the quantity's unit
    double bias = 0;          ///< median error
    double spread = 0;        ///< 68th percentile of the absolute error
};
/// A row for each measure, sorted by name; by the shipped rule, or by other ones, where measures without a rule are left
/// out.
std::vector<CoverageRow> coverage_of(const std::vector<MeasuredPair>& pairs,
                                     const IntervalRules* rules = nullptr);

}  // namespace spineseg
