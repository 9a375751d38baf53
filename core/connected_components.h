// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Connected components of a grid. One finder serves one thread.

#include <array>
#include <cstddef>
#include <vector>

namespace spineseg {

/// Which voxels are neighbours. In a grid of one slice these are the 4-connected and the 8-connected pixels, in a volume
/// the 6-connected and the 26-connected voxels.
enum class Connectivity { faces, corners };

class ComponentFinder {
  public:
    ComponentFinder(int columns, int rows, int slices, Connectivity connectivity);

    /// Whether the voxel is part of a component that collect() has returned.
    bool visited(std::size_t voxel) const { return visited_[voxel]; }

    /// The component of the voxels for which `wanted(voxel)` is true that contains `start`; `start` itself is not asked
    /// about, and comes first. No voxel is collected twice. The result is valid until the next call.
    template <typename Wanted>
    const std::vector<std::size_t>& collect(std::size_t start, const Wanted& wanted) {
        component_.assign(1, start);
        visited_[start] = true;
        for (std::size_t next = 0; next < component_.size(); ++next) {
            visit_neighbours(component_[next], [&](std::size_t neighbour) {
                if (visited_[neighbour] || !wanted(neighbour)) return;
                visited_[neighbour] = true;
                component_.push_back(neighbour);
            });
        }
        return component_;
    }

    /// Calls visit(voxel) for every neighbour inside the grid.
    template <typename Visit>
    void visit_neighbours(std::size_t voxel, const Visit& visit) const {
        const auto columns = static_cast<std::size_t>(columns_);
        const auto rows = static_cast<std::size_t>(rows_);
        const std::size_t line = voxel / columns;
        const int column = static_cast<int>(voxel - line * columns);
        const int slice = static_cast<int>(line / rows);
        const int row = static_cast<int>(line - static_cast<std::size_t>(slice) * rows);
        for (const auto& [to_column, to_row, to_slice] : steps_) {
            const int c = column + to_column;
            const int r = row + to_row;
            const int k = slice + to_slice;
            if (c < 0 || r < 0 || k < 0 || c >= columns_ || r >= rows_ || k >= slices_) continue;
            visit((static_cast<std::size_t>(k) * rows + static_cast<std::size_t>(r)) * columns +
                  static_cast<std::size_t>(c));
        }
    }

    /// Whether the voxel lies in the outermost rows or columns of its slice.
    bool on_slice_border(std::size_t voxel) const;

  private:
    int columns_;
    int rows_;
    int slices_;
    std::vector<std::array<int, 3>> steps_;  ///< to the neighbours
    std::vector<bool> visited_;
    std::vector<std::size_t> component_;
};

}  // namespace spineseg
