// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why two grids are not the same, for a person: size, spacing, orientation or place. Pure.

#include <optional>
#include <string>

#include "core/geometry.h"

namespace spineseg {

/// Nothing when same_grid(a, b, tolerance_mm); else the first of size, spacing, direction and origin that
/// differs, with both values, and how far the voxels lie apart at most.
std::optional<std::string> grid_difference(const Geometry& a, const Geometry& b, double tolerance_mm);

}  // namespace spineseg
