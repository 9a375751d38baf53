// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/named_column.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "worker/levels/vertebra_partition.h"

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
    std::vector<Disc> chain;
    for (const auto& [ordinal, disc] : column.discs) chain.push_back(disc);
    column.spacing = typical_spacing(chain);
    return column;
}

Vec3 NamedColumn::in_midline(const Vec3& place) const {
    const auto centre = frame.canal.centre(dot(place, frame.directions.cranial));
    if (!centre) return place;
    return place + dot(*centre - place, frame.directions.left) * frame.directions.left;
}

OwnFrame NamedColumn::body_frame(int ordinal) const {
    const auto below = discs.find(ordinal);
    const auto above = discs.find(ordinal + 1);
    const double half = 0.5 * spacing;
    if (below != discs.end() && above != discs.end()) {
        const Directions d =
            directions_from(below->second.directions.cranial + above->second.directions.cranial,
                            below->second.directions.posterior + above->second.directions.posterior);
        return {in_midline(0.5 * (below->second.centre + above->second.centre)), d};
    }
    if (below != discs.end())
        return {in_midline(below->second.centre + half * below->second.directions.cranial),
                below->second.directions};
    return {in_midline(above->second.centre - half * above->second.directions.cranial),
            above->second.directions};
}

}  // namespace spineseg::levels
