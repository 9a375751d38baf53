// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether the column's shape is unusual: bent aside, with a deformed body, without an arch. Pure; any thread.

#include <map>
#include <optional>
#include <vector>

#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "worker/levels/named_column.h"

namespace spineseg::reach {

/// How far the canal's centre leaves a straight line to either side, between the lowest and the highest disc:
/// the largest deviation to the left plus the largest to the right, mm. Nothing where the canal is seen at less
/// than half of these heights.
std::optional<double> side_bend(const levels::NamedColumn& column);

/// A body's height at one of three places, as a share of its neighbours' at the same place: the least of them.
struct BodyHeight {
    int ordinal = 0;
    Quantity where = Quantity::middle_height;
    double share = 1;
};

/// Of every body between two discs that was measured and has two such neighbours. The back of the lowest one
/// is left out: L5 is lower there in everybody.
std::vector<BodyHeight> lowest_heights(const SpineLevels& levels, const levels::NamedColumn& column,
                                       const std::vector<StructureMeasurements>& measurements);

/// Bone behind the canal's front wall and within 8 mm of the midline, which the canal shows: laminae and
/// spinous process. Of the vertebrae 2 to 5 between two discs (L4 to L1, where the levels are known) as a share
/// of their median and that of the sixth, by ordinal; L5's is open or small in many. Empty where fewer than
/// three were found, and where the stack is narrower than 16 mm: a spinous process may lie beside its slices.
std::map<int, double> arch_shares(const SpineLevels& levels, const levels::NamedColumn& column);

}  // namespace spineseg::reach
