// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One structure on one slice as a mask, and its cleaning. Values; any thread.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spineseg {

struct BinaryPlane {
    int rows = 0;
    int columns = 0;
    std::vector<std::uint8_t> pixels;  ///< rows × columns, 0 or 1
};

/// Background that is not 4-connected with the plane's border becomes part of the structure, whatever lies in
/// it.
void fill_holes(BinaryPlane& plane);

/// Removes 8-connected pieces of fewer than `minimum` pixels.
void drop_small_pieces(BinaryPlane& plane, std::size_t minimum);

}  // namespace spineseg
