// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What everybody who gets a volume takes for granted.

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/geometry.h"
#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {

inline void require_sound(const Geometry& g, const std::vector<float>& voxels) {
    require(g.columns > 0 && g.rows > 0 && g.slices > 0, "a grid has voxels");
    require(voxels.size() == g.voxel_count(), "a volume has as many voxels as its grid");
    for (const double spacing : {g.column_spacing, g.row_spacing, g.slice_spacing})
        require(std::isfinite(spacing) && spacing > 0, "spacings are positive and finite");
    for (const double place : g.origin) require(std::isfinite(place), "the origin is finite");
    for (const Vec3& axis : {g.row_direction, g.column_direction, g.slice_direction})
        require(std::abs(norm(axis) - 1) < 1e-3, "axes have unit length");
    require(std::abs(dot(g.row_direction, g.column_direction)) < 1e-2 &&
                std::abs(dot(g.row_direction, g.slice_direction)) < 1e-2 &&
                std::abs(dot(g.column_direction, g.slice_direction)) < 1e-2,
            "axes are at right angles");
    require(std::all_of(voxels.begin(), voxels.end(), [](float v) { return std::isfinite(v); }),
            "voxels are finite");
}

}  // namespace spineseg::fuzz
