// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether the lowest disc is L5/S1, so that counting upwards gives the levels. The structures carry no
/// names: the only evidence is what lies (or does not lie) beneath the lowest disc, and whether the chain is
/// regular. Pure; any thread.

#include <vector>

#include "core/spine_levels.h"
#include "worker/levels/disc_chain.h"
#include "worker/levels/vertebra_partition.h"

namespace spineseg::levels {

/// Each pair: evidence at or beyond `none` counts 0, at or beyond `full` counts 1, between them linearly. The
/// numbering is determined where no piece of evidence counts less than `enough`. Measured on 30 SPIDER cases:
/// README.md.
struct NumberingRule {
    struct Ramp {
        double none = 0;
        double full = 1;
    };
    Ramp margin_mm{8, 20};           ///< image beneath the lowest disc, along its normal
    Ramp bone_below{0.30, 0.08};     ///< bone beneath the lowest disc, as a share of a body's median volume
    Ramp lowest_depth{0.50, 0.75};   ///< depth of the lowest disc over that of the next one
    Ramp widest_step{1.60, 1.35};    ///< distance of neighbouring discs over the median distance
    Ramp closest_step{0.25, 0.40};   ///< a collapsed body brings two discs as close as 0.53
    Ramp smallest_body{0.08, 0.30};  ///< volume of a body between two discs over the median
    double enough = 0.5;
    int fewest_discs = 3;
    double whole_vertebra = 0.30;  ///< bone beneath the lowest disc that is counted as a vertebra of its own
};

struct ColumnEvidence {
    const Geometry& geometry;
    const std::vector<Disc>& discs;
    const std::vector<Bone>& spaces;  ///< of divide_bone()
    const Directions& directions;     ///< of the column
};

/// Bone beneath the lowest disc over the median of the bodies between two discs; 0 where there is none.
double bone_below_share(const ColumnEvidence& column);

Numbering judge_numbering(const ColumnEvidence& column, const NumberingRule& rule = {});

}  // namespace spineseg::levels
