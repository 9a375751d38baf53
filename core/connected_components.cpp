// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/connected_components.h"

#include <cstdlib>

namespace spineseg {

ComponentFinder::ComponentFinder(int columns, int rows, int slices, Connectivity connectivity)
    : columns_(columns),
      rows_(rows),
      slices_(slices),
      visited_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows) *
               static_cast<std::size_t>(slices)) {
    for (int k = -1; k <= 1; ++k) {
        if (k != 0 && slices == 1) continue;
        for (int r = -1; r <= 1; ++r) {
            for (int c = -1; c <= 1; ++c) {
                const int axes = std::abs(c) + std::abs(r) + std::abs(k);
                if (axes == 0 || (connectivity == Connectivity::faces && axes > 1)) continue;
                steps_.push_back({c, r, k});
            }
        }
    }
}

bool ComponentFinder::on_slice_border(std::size_t voxel) const {
    const int column = static_cast<int>(voxel % static_cast<std::size_t>(columns_));
    const int row = static_cast<int>(voxel / static_cast<std::size_t>(columns_)) % rows_;
    return column == 0 || row == 0 || column + 1 == columns_ || row + 1 == rows_;
}

}  // namespace spineseg
