// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The exact Euclidean distance transform on an anisotropic grid, by lower envelopes of parabolas along one
/// axis after the other (Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012): linear in the number of
/// voxels. No state; any thread.

#include <cstdint>
#include <vector>

#include "core/geometry.h"
#include "core/mask.h"

namespace spineseg {

/// Millimetres from every voxel's centre to the nearest centre of a voxel in the mask: 0 inside it, infinity
/// everywhere where the mask is empty. Only the geometry's sizes and spacings count. Throws
/// std::invalid_argument where the mask does not fill the geometry.
std::vector<float> distance_to(const Mask& mask, const Geometry& geometry);

}  // namespace spineseg
