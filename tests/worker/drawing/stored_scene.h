// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One scene in the patient, stored in any order: what a picture shows must not depend on it.

#include <array>

#include "core/volume.h"

namespace spineseg {

/// A grid over the same 36 × 48 × 60 mm box of the patient (x, y, z), whichever axes and directions it is
/// stored in. `axes[i]` is the patient axis of storage axis i; where `reversed[i]` it runs towards right,
/// anterior or inferior.
inline Geometry stored(const std::array<int, 3>& axes, const std::array<bool, 3>& reversed) {
    constexpr std::array<int, 3> kSize{9, 24, 40};  // along x, y, z
    constexpr std::array<double, 3> kSpacing{4.0, 2.0, 1.5};
    Geometry g;
    const std::array<int*, 3> size{&g.columns, &g.rows, &g.slices};
    const std::array<double*, 3> spacing{&g.column_spacing, &g.row_spacing, &g.slice_spacing};
    const std::array<Vec3*, 3> direction{&g.row_direction, &g.column_direction, &g.slice_direction};
    g.origin = {-16.0, -10.0, 5.0};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto axis = static_cast<std::size_t>(axes[i]);
        *size[i] = kSize[axis];
        *spacing[i] = kSpacing[axis];
        *direction[i] = {0, 0, 0};
        (*direction[i])[axis] = reversed[i] ? -1 : 1;
        if (reversed[i]) g.origin[axis] += (kSize[axis] - 1) * kSpacing[axis];
    }
    return g;
}

/// Fills a grid from a function of the position in the patient.
template <typename T, typename Function>
Grid<T> filled(const Geometry& g, const Function& at) {
    Grid<T> grid{.geometry = g, .voxels = {}};
    for (int slice = 0; slice < g.slices; ++slice) {
        for (int row = 0; row < g.rows; ++row) {
            for (int column = 0; column < g.columns; ++column) {
                grid.voxels.push_back(static_cast<T>(at(g.position(column, row, slice))));
            }
        }
    }
    return grid;
}

}  // namespace spineseg
