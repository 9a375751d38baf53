// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A label map of three structures → the column's vertebrae and discs one by one, counted from below along
/// the column, whatever the image's axes. No state; any thread.

#include "core/level_evidence.h"
#include "core/result.h"
#include "core/spine_levels.h"
#include "core/volume.h"

namespace spineseg {

/// `uncertainty` (0..1, on the labels' grid) gives each structure its confidence; null: none. `evidence` (a grid of its
/// own) says where L5 and S1 were recognised; null: the count alone decides.
/// invalid_argument where the grids differ. A map without discs gives bone as one vertebra, nothing
/// determined.
Result<SpineLevels> find_levels(const LabelMap& labels, const Volume* uncertainty = nullptr,
                                const LevelEvidence* evidence = nullptr);

}  // namespace spineseg
