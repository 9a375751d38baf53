// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Some slices of a stack, as a stack. Values.

#include <algorithm>
#include <vector>

#include "core/volume.h"

namespace spineseg {

struct SliceRange {
    int first = 0;
    int step = 1;  ///< at least 1
    int count = 0;
};

/// `count` slices in the middle of `slices`; all where there are no more, or where `count` is 0.
inline SliceRange middle_slices(int slices, int count) {
    const int kept = count <= 0 ? slices : std::min(count, slices);
    return {(slices - kept) / 2, 1, kept};
}

/// Every `step`-th of `slices`, beginning half a step from the first.
inline SliceRange every_nth_slice(int slices, int step) {
    const int first = std::min(step / 2, std::max(0, slices - 1));
    return {first, step, (slices - first + step - 1) / step};
}

/// Their spacing becomes the step's.
template <typename T>
Grid<T> take_slices(const Grid<T>& stack, const SliceRange& range) {
    Grid<T> taken{stack.geometry, {}};
    taken.geometry.slices = range.count;
    taken.geometry.slice_spacing *= range.step;
    taken.geometry.origin = stack.geometry.position(0, 0, range.first);
    for (int i = 0; i < range.count; ++i) {
        const auto begin = stack.voxels.begin() + static_cast<std::ptrdiff_t>(stack.geometry.index(
                                                      0, 0, range.first + i * range.step));
        taken.voxels.insert(taken.voxels.end(), begin,
                            begin + static_cast<std::ptrdiff_t>(stack.geometry.slice_voxel_count()));
    }
    return taken;
}

}  // namespace spineseg
