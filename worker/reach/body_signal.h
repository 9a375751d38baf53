// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How bright the inside of each vertebral body is. Looked at is the space between two discs, whether or not
/// bone was labelled there: metal and cement give no signal, and a network need not take them for bone. Pure;
/// any thread.

#include <vector>

#include "core/volume.h"
#include "worker/levels/named_column.h"

namespace spineseg::reach {

struct BodySignal {
    int ordinal = 0;
    double brightness = 0;  ///< median, above the image's zero
    /// Median of the nearest two on either side; 0 where there are fewer than two other bodies.
    double of_neighbours = 0;
    /// Below a quarter of the body's own brightness (of the usual body's, where that is less) in one slice, and
    /// 2.5 mm away from all that is not: the largest such area of all slices.
    double void_mm2 = 0;
};

/// Of every body between two discs, from below. `image` lies on the labels' grid.
std::vector<BodySignal> body_signals(const Volume& image, const levels::NamedColumn& column);

}  // namespace spineseg::reach
