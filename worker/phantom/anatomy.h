// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One patient's measures, drawn from a seed: the column's segments from coccyx to mid-thorax, its discs, the
/// sac, the soft tissues. Millimetres in the sagittal plane (y posterior, z superior; origin at the centre of
/// L3). Values.

#include <cstdint>
#include <vector>

#include "worker/phantom/phantom_request.h"

namespace spineseg::phantom {

struct Point2 {
    double y = 0;
    double z = 0;
};

enum class Region { coccyx, sacrum, lumbar, thoracic };

/// One vertebra, or one piece of sacrum or coccyx. Its own frame: u posterior, v cranial, w left.
struct Segment {
    Region region = Region::lumbar;
    Point2 centre{};
    double sine = 0;  ///< of the tilt: a cranial step goes (sine, cosine) in (y, z)
    double cosine = 1;
    double half_depth = 17;
    double half_width = 23;
    double height = 27;
    double wedge = 0;  ///< mm by which each endplate is higher in front and lower behind
    double taper = 0;  ///< fraction by which the depth shrinks from the upper to the lower endplate
    double concavity = 1.6;
    double waist = 1.2;
    double node_depth = 0;  ///< a Schmorl node in the upper endplate
    double node_u = 0;
    double spinous_length = 30;
    double spinous_half_height = 10;
    double spinous_drop = 0.15;  ///< mm down for each mm back
    double pedicle_offset = 13.5;
    double fatty = 0;  ///< 0..1: marrow conversion
};

/// The disc above segment i.
struct Disc {
    double height = 10;
    double degeneration = 0;       ///< 0 healthy .. 1 black
    double bulge = 0;              ///< mm beyond the posterior wall
    bool endplate_change = false;  ///< fatty (Modic 2) marrow on both sides
    double reach = 1;              ///< share of the endplates' depth that it covers
    bool formed = true;            ///< of annulus and nucleus; false: a remnant
    bool fused = false;            ///< bone
};

struct Anatomy {
    std::vector<Segment> segments;  ///< from the tip of the coccyx upwards
    std::vector<Disc> discs;        ///< discs[i] lies between segments[i] and segments[i + 1]
    std::size_t s1 = 0;             ///< index of the first sacral segment
    double scoliosis = 0;           ///< mm
    double sac_half_depth = 8;
    double sac_half_width = 11;
    double conus_level = 0;  ///< index (fractional) of the segment at which the cord ends
    double fat_over_lumbar = 25;
    double fat_over_thorax = 10;
    double fat_over_sacrum = 28;
    double belly_depth = 95;  ///< from the centre of L3 to the skin of the belly
    double belly_fat = 14;
    double muscle_fat = 0.3;  ///< 0..1: fatty streaks in the muscles of the back
    double aorta_radius = 9;
    PhantomFindings findings;
};

Anatomy draw_anatomy(std::uint64_t seed, const PhantomFindings& findings);

}  // namespace spineseg::phantom
