// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/mask_cleaning.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/connected_components.h"
#include "worker/postprocessing/binary_plane.h"

namespace spineseg {
namespace {

/// The one structure that encloses this region of background; 0 where the region touches the slice's border or more than
/// one structure.
std::uint8_t enclosing_class(const std::uint8_t* slice, const ComponentFinder& finder,
                             const std::vector<std::size_t>& region) {
    std::uint8_t enclosing = 0;
    bool several = false;
    for (const std::size_t pixel : region) {
        if (finder.on_slice_border(pixel)) return 0;
        finder.visit_neighbours(pixel, [&](std::size_t neighbour) {
            const std::uint8_t other = slice[neighbour];
            if (other == 0) return;
            several = several || (enclosing != 0 && other != enclosing);
            enclosing = other;
        });
    }
    return several ? std::uint8_t{0} : enclosing;
}

void fill_holes_of_slice(std::uint8_t* slice, int columns, int rows) {
    ComponentFinder finder(columns, rows, 1, Connectivity::faces);
    const auto is_background = [&](std::size_t pixel) { return slice[pixel] == 0; };
    const auto pixels = static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        if (finder.visited(pixel) || !is_background(pixel)) continue;
        const auto& region = finder.collect(pixel, is_background);
        const std::uint8_t enclosing = enclosing_class(slice, finder, region);
        for (const std::size_t inside : region) slice[inside] = enclosing;
    }
}

/// Calls visit(voxels) for every component; the visitor may clear them.
template <typename Visit>
void visit_components(const ClassStack& stack, Structure structure, Visit visit) {
    ComponentFinder finder(stack.columns, stack.rows, stack.slices, Connectivity::corners);
    const auto wanted = [&](std::size_t voxel) { return stack.classes[voxel] == class_of(structure); };
    for (std::size_t voxel = 0; voxel < stack.classes.size(); ++voxel)
        if (!finder.visited(voxel) && wanted(voxel)) visit(finder.collect(voxel, wanted));
}

}  // namespace

void fill_holes(ClassStack& stack) {
    const auto pixels = static_cast<std::size_t>(stack.rows) * static_cast<std::size_t>(stack.columns);
    for (int slice = 0; slice < stack.slices; ++slice)
        fill_holes_of_slice(stack.classes.data() + static_cast<std::size_t>(slice) * pixels, stack.columns,
                            stack.rows);
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
