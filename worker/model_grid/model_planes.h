// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Planes of the model's grid in memory: their size, and where a resampled plane of the source lies on them.
/// Any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

/// Slices, rows, columns.
inline std::array<std::int64_t, 3> model_grid_shape(const GeometryTrace& trace) {
    return {trace.slice.model_count, trace.row.model_count, trace.column.model_count};
}

inline std::ptrdiff_t model_grid_pixels(const GeometryTrace& trace) {
    return static_cast<std::ptrdiff_t>(trace.row.model_count) * trace.column.model_count;
}

/// Copies a resampled plane onto its place on a plane of the model's grid.
template <typename From, typename To>
void place_on_model_grid(const std::vector<From>& plane, const GeometryTrace& trace, To* grid) {
    const auto columns = static_cast<std::size_t>(trace.column.resampled_count);
    for (int row = 0; row < trace.row.resampled_count; ++row) {
        To* target = grid + static_cast<std::ptrdiff_t>(row + trace.row.offset) * trace.column.model_count +
                     trace.column.offset;
        std::copy_n(plane.data() + static_cast<std::size_t>(row) * columns, columns, target);
    }
}

}  // namespace spineseg
