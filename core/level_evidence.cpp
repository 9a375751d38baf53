// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/level_evidence.h"

#include <cmath>

namespace spineseg {

std::optional<AnchorProbability> LevelEvidence::at(const Vec3& place) const {
    const Vec3 voxel = geometry.voxel(place);
    const std::array<int, 3> size{geometry.columns, geometry.rows, geometry.slices};
    std::array<int, 3> cell{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double nearest = std::round(voxel[axis]);
        if (!(nearest >= 0 && nearest < size[axis])) return std::nullopt;
        cell[axis] = static_cast<int>(nearest);
    }
    const std::size_t index = geometry.index(cell[0], cell[1], cell[2]);
    AnchorProbability probability{};
    for (std::size_t c = 0; c < probability.size(); ++c) probability[c] = maps[c][index];
    return probability;
}

}  // namespace spineseg
