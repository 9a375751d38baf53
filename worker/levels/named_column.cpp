// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/named_column.h"

#include <algorithm>
#include <utility>

namespace spineseg::levels {

NamedColumn named_column(const SpineLevels& levels) {
    NamedColumn column;
    VoxelSet canal, discs;
    for (const auto& s : levels.structures) {
        VoxelSet voxels = voxels_of(levels.labels, static_cast<Label>(s.label));
        if (s.structure == Structure::disc) discs.insert(discs.end(), voxels.begin(), voxels.end());
        if (s.structure == Structure::canal) canal = voxels;
        column.voxels[s.label] = std::move(voxels);
    }
    std::sort(discs.begin(), discs.end());
    if (discs.empty()) return column;
    const Geometry& geometry = levels.labels.geometry;
    column.frame = find_column_frame(geometry, canal, discs);
    for (const auto& s : levels.structures)
        if (s.structure == Structure::disc)
            column.discs.emplace(s.ordinal,
                                 fit_disc(geometry, column.frame.directions, column.voxels[s.label]));
    return column;
}

}  // namespace spineseg::levels
