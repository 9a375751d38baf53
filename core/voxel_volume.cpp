// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/voxel_volume.h"

#include <cmath>

namespace spineseg {

double voxel_millilitres(const Geometry& geometry) {
    const Vec3 normal = cross(geometry.row_direction, geometry.column_direction);
    const double thickness = geometry.slice_spacing * std::abs(dot(normal, geometry.slice_direction));
    return geometry.column_spacing * geometry.row_spacing * thickness / 1000.0;
}

}  // namespace spineseg
