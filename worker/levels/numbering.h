// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether the lowest disc is L5/S1, so that counting upwards gives the levels. The
/// evidence is what lies beneath the lowest disc, whether the discs above it are regular, and where a network recognised
/// L5 and S1, if one did (level_anchor.h). An irregularity
/// above L1 removes the names of the levels above it only; one vertebra that was hardly found is counted where
/// its discs are regular. Pure; any thread.

#include <vector>

#include "core/spine_levels.h"
#include "worker/levels/disc_chain.h"
#include "worker/levels/level_anchor.h"
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
    Ramp margin_mm{8, 20};          ///< image beneath the lowest disc, along its normal
    Ramp bone_below{0.30, 0.08};    ///< bone beneath the lowest disc, as a share of a body's median volume
    Ramp lowest_depth{0.50, 0.75};  ///< depth of the lowest disc over that of the next one
    Ramp lowest_lean{-3, 3};        ///< degrees by which the lowest disc leans more than the next one
    /// Degrees by which the lowest disc leans against the column, or more than the next one, where it is L5/S1
    /// and not L4/L5.
    Ramp lean_itself{16, 28}, lean_beyond_next{10, 21};
    Ramp widest_step{1.60, 1.35};    ///< distance of neighbouring discs over the median distance
    Ramp closest_step{0.25, 0.40};   ///< a collapsed body brings two discs as close as 0.53
    Ramp smallest_body{0.08, 0.30};  ///< volume of a body between two discs over the median
    double enough = 0.5;
    int fewest_discs = 3;
    int lumbar = 5;                     ///< what is wrong above this vertebra leaves these their names
    double regular_step = 0.25;         ///< how far a step may depart from the typical one and be regular
    double regular_disc = 0.75;         ///< depth of a regular disc over the median
    double sacral_body = 0.10;          ///< body above S1/S2 over the median: the sacrum is not labelled
    double sacral_depth = 0.65;         ///< depth of S1/S2 over that of L5/S1
    double sacral_depth_turned = 0.95;  ///< the same where the lowest disc leans less forward than the next
    double whole_vertebra = 0.30;  ///< bone beneath the lowest disc that is counted as a vertebra of its own
};

struct ColumnEvidence {
    const Geometry& geometry;
    const std::vector<Disc>& discs;
    const std::vector<Bone>& spaces;  ///< of divide_bone()
    const Directions& directions;     ///< of the column
    AnchorVerdict anchor = AnchorVerdict::none;
};

/// Bone beneath the lowest disc over the median of the bodies between two discs; 0 where there is none.
double bone_below_share(const ColumnEvidence& column);

/// Whether the lowest disc is a remnant within the sacrum: small or turned as the sacrum turns, a usual step
/// beneath a disc of usual size, and hardly a body between them.
bool lowest_disc_is_sacral(const ColumnEvidence& column, const NumberingRule& rule = {});

Numbering judge_numbering(const ColumnEvidence& column, const NumberingRule& rule = {});

}  // namespace spineseg::levels
