// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One vertebra as implicit functions: negative inside, about a millimetre per millimetre near the surface.
/// Pure.

#include "worker/phantom/anatomy.h"

namespace spineseg::phantom {

/// A point in a segment's own frame: u posterior, v cranial, w left.
struct LocalPoint {
    double u = 0;
    double v = 0;
    double w = 0;
};

LocalPoint local(const Segment& segment, double y, double z, double w);

/// Height of the endplate over (below) the segment's centre at (u, w).
double upper_endplate(const Segment& segment, double u, double w);
double lower_endplate(const Segment& segment, double u, double w);

/// Signed distance to the side wall of a body or disc: round in front, flat behind.
double side_wall(double u, double w, double half_depth_front, double half_depth_back, double half_width);

double body_distance(const Segment& segment, const LocalPoint& point);

/// Pedicles, laminae, articular, transverse and spinous processes; `canal_depth` is what they leave free
/// behind the body. Sacral segments have none of their own.
double arch_distance(const Segment& segment, const LocalPoint& point, double canal_depth);

/// Signed distance to the nerve root that leaves below the pedicle.
double root_distance(const Segment& segment, const LocalPoint& point);

/// Signed distance to a pedicle screw with what it blots out, one on each side: from the front of the body to
/// its head behind the facets.
inline constexpr double kMetalRadius = 5.5;
inline constexpr double kScrewHead = 24;  ///< mm from the back of the body to it
double screw_distance(const Segment& segment, const LocalPoint& point);

/// Half the greatest width of the labelled bone: no voxel farther from the midline is vertebra.
inline constexpr double kTransverseTip = 24.5;

}  // namespace spineseg::phantom
