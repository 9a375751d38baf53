// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How often the true value lies within a measurement's interval. Pure; any thread.

#include <optional>
#include <string>
#include <vector>

#include "core/spine_levels.h"
#include "core/spine_measurements.h"

namespace spineseg {

/// One value that was measured in a result and in the truth.
struct MeasuredPair {
    std::string id;  ///< the patient's
    Structure structure = Structure::vertebra;
    Quantity quantity = Quantity::depth;
    double found = 0;
    double truth = 0;
    double uncertainty = 0;  ///< as reported
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

/// Measures that have one error: "vertebra height", "disc depth", "slip", ...
std::string measure_name(const MeasuredPair& pair);

struct CoverageRow {
    std::string measure;
    std::size_t count = 0;
    double within_68 = 0;  ///< share of the true values
    double within_95 = 0;
    double median_width = 0;  ///< half the 68 % interval, in the quantity's unit
    double bias = 0;          ///< median error
    double spread = 0;        ///< 68th percentile of the absolute error
};
/// A row for each measure, sorted by name.
std::vector<CoverageRow> coverage_of(const std::vector<MeasuredPair>& pairs);

}  // namespace spineseg
