// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Three oil capsules on the skin that tell left from right, front from back and head from feet. Pure.

#include "worker/phantom/phantom_request.h"
#include "worker/phantom/surroundings.h"

namespace spineseg::phantom {

inline constexpr double kMarkerRadius = 6.0;

/// Half sunk into the skin, in body axes.
PhantomMarkers place_markers(const Surroundings& surroundings);

bool inside_marker(const PhantomMarkers& markers, double x, double y, double z);

}  // namespace spineseg::phantom
