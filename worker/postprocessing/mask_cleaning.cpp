// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/mask_cleaning.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "worker/postprocessing/binary_plane.h"

namespace spineseg {
namespace {

/// One slice while its holes are looked for.
class HoleFiller {
  public:
    HoleFiller(std::uint8_t* slice, int rows, int columns)
        : slice_(slice), rows_(rows), columns_(columns), seen_(static_cast<std::size_t>(rows) * columns) {}

    void fill() {
        for (std::size_t pixel = 0; pixel < seen_.size(); ++pixel) {
            if (seen_[pixel] || slice_[pixel] != 0) continue;
            const std::uint8_t wall = flood(pixel);
            if (wall == kOpen) continue;
            for (std::size_t inside : region_) slice_[inside] = wall;
        }
    }

  private:
    static constexpr std::uint8_t kOpen = 255;  ///< touches the border or more than one structure

    /// Collects the 4-connected background around `start` into region_ and says which one structure encloses
    /// it.
    std::uint8_t flood(std::size_t start) {
        std::uint8_t wall = 0;
        region_.assign(1, start);
        seen_[start] = true;
        for (std::size_t next = 0; next < region_.size(); ++next) {
            const int row = static_cast<int>(region_[next]) / columns_;
            const int column = static_cast<int>(region_[next]) % columns_;
            for (const auto& [dr, dc] : {std::array{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
                const int r = row + dr;
                const int c = column + dc;
                if (r < 0 || c < 0 || r >= rows_ || c >= columns_) {
                    wall = kOpen;
                    continue;
                }
                const auto neighbour = static_cast<std::size_t>(r) * static_cast<std::size_t>(columns_) +
                                       static_cast<std::size_t>(c);
                if (slice_[neighbour] != 0) {
                    wall = wall == 0 || wall == slice_[neighbour] ? slice_[neighbour] : kOpen;
                } else if (!seen_[neighbour]) {
                    seen_[neighbour] = true;
                    region_.push_back(neighbour);
                }
            }
        }
        return wall == 0 ? kOpen : wall;
    }

    std::uint8_t* slice_;
    int rows_;
    int columns_;
    std::vector<bool> seen_;
    std::vector<std::size_t> region_;
};

/// Collects the 26-connected component of `wanted` around `start`, marking it in `seen`.
void collect_component(const ClassStack& stack, std::uint8_t wanted, std::size_t start,
                       std::vector<bool>& seen, std::vector<std::size_t>& component) {
    const auto columns = static_cast<std::size_t>(stack.columns);
    const auto plane = columns * static_cast<std::size_t>(stack.rows);
    component.assign(1, start);
    seen[start] = true;
    for (std::size_t next = 0; next < component.size(); ++next) {
        const std::size_t voxel = component[next];
        const int slice = static_cast<int>(voxel / plane);
        const int row = static_cast<int>(voxel % plane / columns);
        const int column = static_cast<int>(voxel % columns);
        for (int k = std::max(0, slice - 1); k <= std::min(stack.slices - 1, slice + 1); ++k) {
            for (int r = std::max(0, row - 1); r <= std::min(stack.rows - 1, row + 1); ++r) {
                for (int c = std::max(0, column - 1); c <= std::min(stack.columns - 1, column + 1); ++c) {
                    const auto neighbour = static_cast<std::size_t>(k) * plane +
                                           static_cast<std::size_t>(r) * columns +
                                           static_cast<std::size_t>(c);
                    if (seen[neighbour] || stack.classes[neighbour] != wanted) continue;
                    seen[neighbour] = true;
                    component.push_back(neighbour);
                }
            }
        }
    }
}

/// Calls visit(voxels) for every component; the visitor may clear them.
template <typename Visit>
void visit_components(const ClassStack& stack, Structure structure, Visit visit) {
    const std::uint8_t wanted = class_of(structure);
    std::vector<bool> seen(stack.classes.size());
    std::vector<std::size_t> component;
    for (std::size_t voxel = 0; voxel < stack.classes.size(); ++voxel) {
        if (seen[voxel] || stack.classes[voxel] != wanted) continue;
        collect_component(stack, wanted, voxel, seen, component);
        visit(component);
    }
}

}  // namespace

void fill_holes(ClassStack& stack) {
    const auto pixels = static_cast<std::size_t>(stack.rows) * static_cast<std::size_t>(stack.columns);
    for (int slice = 0; slice < stack.slices; ++slice)
        HoleFiller(stack.classes.data() + static_cast<std::size_t>(slice) * pixels, stack.rows, stack.columns)
            .fill();
}

void drop_small_pieces(ClassStack& stack, Structure structure, std::size_t minimum_pixels) {
    if (minimum_pixels <= 1) return;
    const std::uint8_t wanted = class_of(structure);
    const auto pixels = static_cast<std::size_t>(stack.rows) * static_cast<std::size_t>(stack.columns);
    BinaryPlane plane{stack.rows, stack.columns, std::vector<std::uint8_t>(pixels)};
    for (int slice = 0; slice < stack.slices; ++slice) {
        std::uint8_t* classes = stack.classes.data() + static_cast<std::size_t>(slice) * pixels;
        std::transform(classes, classes + pixels, plane.pixels.begin(),
                       [wanted](std::uint8_t c) { return static_cast<std::uint8_t>(c == wanted); });
        drop_small_pieces(plane, minimum_pixels);
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            if (classes[pixel] == wanted && plane.pixels[pixel] == 0) classes[pixel] = 0;
        }
    }
}

void drop_small_components(ClassStack& stack, Structure structure, std::size_t minimum_voxels) {
    if (minimum_voxels <= 1) return;
    visit_components(stack, structure, [&](const std::vector<std::size_t>& component) {
        if (component.size() >= minimum_voxels) return;
        for (std::size_t lost : component) stack.classes[lost] = 0;
    });
}

int count_components(const ClassStack& stack, Structure structure, std::size_t minimum_voxels) {
    int count = 0;
    visit_components(stack, structure, [&](const std::vector<std::size_t>& component) {
        if (component.size() >= minimum_voxels) ++count;
    });
    return count;
}

}  // namespace spineseg
