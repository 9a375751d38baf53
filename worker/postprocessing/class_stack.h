// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Decided classes on the source's grid. Values; any thread.

#include <cstdint>
#include <vector>

#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

/// Classes of every source voxel in the orientation of the model's grid: slice, row, column; 0 background, 1 + core's
/// Structure.
struct ClassStack {
    int slices = 0;
    int rows = 0;
    int columns = 0;
    std::vector<std::uint8_t> classes;
};

/// 1 + core's Structure.
constexpr std::uint8_t class_of(Structure structure) {
    return static_cast<std::uint8_t>(static_cast<int>(structure) + 1);
}

LabelMap to_label_map(const ClassStack& stack, const GeometryTrace& trace);

}  // namespace spineseg
