// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry.h"

#include <cmath>

namespace spineseg {

double norm(const Vec3& a) {
    return std::sqrt(dot(a, a));
}

Vec3 normalised(const Vec3& a) {
    return (1.0 / norm(a)) * a;
}

Vec3 Geometry::voxel(const Vec3& position_lps) const {
    // Cramer's rule on the three axes: correct for sheared stacks too, where the slice direction is not the
    // normal.
    const Vec3 a = column_spacing * row_direction;
    const Vec3 b = row_spacing * column_direction;
    const Vec3 c = slice_spacing * slice_direction;
    const Vec3 offset = position_lps - origin;
    const double determinant = dot(a, cross(b, c));
    return {dot(offset, cross(b, c)) / determinant, dot(offset, cross(c, a)) / determinant,
            dot(offset, cross(a, b)) / determinant};
}

bool same_grid(const Geometry& a, const Geometry& b, double tolerance_mm) {
    if (a.columns != b.columns || a.rows != b.rows || a.slices != b.slices) return false;
    // The distance between two affine grids is convex, so its maximum is at a corner.
    for (int corner = 0; corner < 8; ++corner) {
        const double column = (corner & 1) != 0 ? a.columns - 1 : 0;
        const double row = (corner & 2) != 0 ? a.rows - 1 : 0;
        const double slice = (corner & 4) != 0 ? a.slices - 1 : 0;
        const double distance = norm(a.position(column, row, slice) - b.position(column, row, slice));
        if (!(distance <= tolerance_mm)) return false;  // NaN is never the same
    }
    return true;
}

}  // namespace spineseg
