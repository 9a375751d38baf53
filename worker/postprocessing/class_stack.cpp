// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/class_stack.h"

#include <array>
#include <cstddef>

namespace spineseg {

LabelMap to_label_map(const ClassStack& stack, const GeometryTrace& trace) {
    LabelMap labels{trace.source, std::vector<std::uint8_t>(trace.source.voxel_count())};
    std::array<std::uint8_t, kStructures + 1> names{};
    for (int s = 0; s < kStructures; ++s)
        names[static_cast<std::size_t>(s) + 1] =
            static_cast<std::uint8_t>(label_of(static_cast<Structure>(s)));
    for (int slice = 0; slice < stack.slices; ++slice) {
        const std::uint8_t* classes =
            stack.classes.data() + static_cast<std::size_t>(slice) * trace.slice_pixels();
        trace.visit_slice(slice, [&](std::size_t pixel, std::size_t voxel) {
            labels.voxels[voxel] = names[classes[pixel]];
        });
    }
    return labels;
}

}  // namespace spineseg
