// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/geometry.h"

namespace spineseg {

/// The volume of one voxel in millilitres; correct for sheared stacks too, whose slices do not lie one behind the other
/// along their normal. Pure; any thread.
double voxel_millilitres(const Geometry& geometry);

}  // namespace spineseg
