// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/binary_plane.h"

#include <algorithm>
#include <utility>

#include "core/connected_components.h"

namespace spineseg {

void fill_holes(BinaryPlane& plane) {
    BinaryPlane filled = plane;
    std::fill(filled.pixels.begin(), filled.pixels.end(), std::uint8_t{1});
    ComponentFinder outside(plane.columns, plane.rows, 1, Connectivity::faces);
    const auto is_background = [&](std::size_t pixel) { return plane.pixels[pixel] == 0; };
    for (std::size_t pixel = 0; pixel < plane.pixels.size(); ++pixel) {
        if (!outside.on_slice_border(pixel) || outside.visited(pixel) || !is_background(pixel)) continue;
        for (const std::size_t open : outside.collect(pixel, is_background)) filled.pixels[open] = 0;
    }
    plane = std::move(filled);
}

void drop_small_pieces(BinaryPlane& plane, std::size_t minimum) {
    if (minimum <= 1) return;
    const BinaryPlane before = plane;
    ComponentFinder pieces(plane.columns, plane.rows, 1, Connectivity::corners);
    const auto is_set = [&](std::size_t pixel) { return before.pixels[pixel] == 1; };
    for (std::size_t pixel = 0; pixel < before.pixels.size(); ++pixel) {
        if (pieces.visited(pixel) || !is_set(pixel)) continue;
        const auto& piece = pieces.collect(pixel, is_set);
        if (piece.size() >= minimum) continue;
        for (const std::size_t lost : piece) plane.pixels[lost] = 0;
    }
}

}  // namespace spineseg
