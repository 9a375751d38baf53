// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Outlines of a label in a slice: marching squares over its slightly smoothed indicator, so that lines run
/// between voxels without steps. Pure.

#include <cstdint>
#include <vector>

#include "worker/drawing/sagittal_view.h"

namespace spineseg {

struct PicturePoint {
    double x = 0;  ///< in pixels; the centre of the first pixel is 0
    double y = 0;
};

struct Polyline {
    std::vector<PicturePoint> points;
    bool closed = true;  ///< false where the label runs out of the picture
};

std::vector<Polyline> contours_of(const Picture<std::uint8_t>& labels, std::uint8_t label);

}  // namespace spineseg
