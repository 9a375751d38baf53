// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The vertebrae and discs that find_levels() named, as inputs of the measurements. Pure; any thread.

#include <cstdint>
#include <map>

#include "core/spine_levels.h"
#include "worker/levels/column_frame.h"
#include "worker/levels/disc_chain.h"
#include "worker/levels/profile.h"

namespace spineseg::levels {

struct NamedColumn {
    ColumnFrame frame;
    std::map<std::uint8_t, VoxelSet> voxels;  ///< of each structure, by its label
    std::map<int, Disc> discs;                ///< by ordinal

    /// Both discs of a vertebra were found: its endplates are known.
    bool lies_between_discs(int ordinal) const {
        return discs.contains(ordinal) && discs.contains(ordinal + 1);
    }
    bool lies_beside_a_disc(int ordinal) const {
        return discs.contains(ordinal) || discs.contains(ordinal + 1);
    }
    /// Moved to the side until it lies in the midline, which the canal shows.
    Vec3 in_midline(const Vec3& place) const;
    /// A body's frame as the discs beside it suggest it; there must be one.
    OwnFrame body_frame(int ordinal) const;
    /// Median distance between neighbouring discs.
    double spacing = 0;
};

/// Without discs there is no frame either: it keeps LPS's directions.
NamedColumn named_column(const SpineLevels& levels);

}  // namespace spineseg::levels
