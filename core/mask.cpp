// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mask.h"

#include <algorithm>

namespace spineseg {

Mask mask_of(const LabelMap& labels, Structure structure) {
    const auto wanted = static_cast<std::uint8_t>(label_of(structure));
    Mask mask(labels.voxels.size());
    std::transform(labels.voxels.begin(), labels.voxels.end(), mask.begin(),
                   [wanted](std::uint8_t label) { return static_cast<std::uint8_t>(label == wanted); });
    return mask;
}

std::optional<double> dice(const Mask& a, const Mask& b) {
    std::size_t both = 0;
    std::size_t sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        both += static_cast<std::size_t>(a[i] & b[i]);
        sum += static_cast<std::size_t>(a[i]) + static_cast<std::size_t>(b[i]);
    }
    if (sum == 0) return std::nullopt;
    return 2.0 * static_cast<double>(both) / static_cast<double>(sum);
}

Mask surface_of(const Mask& mask, const Geometry& geometry) {
    Mask surface(mask.size());
    const auto columns = static_cast<std::size_t>(geometry.columns);
    const std::size_t plane = geometry.slice_voxel_count();
    std::size_t voxel = 0;
    for (int k = 0; k < geometry.slices; ++k) {
        for (int r = 0; r < geometry.rows; ++r) {
            for (int c = 0; c < geometry.columns; ++c, ++voxel) {
                if (mask[voxel] == 0) continue;
                const bool inner = c > 0 && c + 1 < geometry.columns && r > 0 && r + 1 < geometry.rows &&
                                   k > 0 && k + 1 < geometry.slices && mask[voxel - 1] != 0 &&
                                   mask[voxel + 1] != 0 && mask[voxel - columns] != 0 &&
                                   mask[voxel + columns] != 0 && mask[voxel - plane] != 0 &&
                                   mask[voxel + plane] != 0;
                surface[voxel] = inner ? 0 : 1;
            }
        }
    }
    return surface;
}

}  // namespace spineseg
