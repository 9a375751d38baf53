// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One structure as a mask, and how two masks agree. Pure; any thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/geometry.h"
#include "core/volume.h"

namespace spineseg {

/// One byte a voxel, 0 or 1, in the order of Grid.
using Mask = std::vector<std::uint8_t>;

Mask mask_of(const LabelMap& labels, Structure structure);

/// 2·|A∩B| / (|A| + |B|); nothing where both are empty. The masks have the same size.
std::optional<double> dice(const Mask& a, const Mask& b);

/// 1 where a voxel of the mask has a face on the outside.
Mask surface_of(const Mask& mask, const Geometry& geometry);

}  // namespace spineseg
