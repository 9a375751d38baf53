// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The vertebrae and discs that find_levels() named, as inputs of the measurements. Pure; any thread.

#include <cstdint>
#include <map>

#include "core/spine_levels.h"
#include "worker/levels/column_frame.h"
#include "worker/levels/disc_chain.h"

namespace spineseg::levels {

struct NamedColumn {
    ColumnFrame frame;
    std::map<std::uint8_t, VoxelSet> voxels;  ///< of each structure, by its label
    std::map<int, Disc> discs;                ///< by ordinal

    /// Both discs of a vertebra were found: its endplates are known.
    bool lies_between_discs(int ordinal) const {
        return discs.contains(ordinal) && discs.contains(ordinal + 1);
    }
};

/// Without discs there is no frame either: it keeps LPS's directions.
NamedColumn named_column(const SpineLevels& levels);

}  // namespace spineseg::levels
