// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Each vertebra of a column in two, body and arch. A pedicle is cut at the back wall of its body: a plane through the back
/// of the bone in front of the canal, which is carried on beside the canal, where a slice shows no canal. No state; any
/// thread.

#include "core/result.h"
#include "core/spine_levels.h"
#include "core/vertebra_parts.h"
#include "core/volume.h"

namespace spineseg {

/// `uncertainty` (0..1) gives each part its confidence, `probability` the ± of its volume; either may be null. Without a
/// disc beside it a vertebra is all body. invalid_argument where the grids differ.
Result<VertebraParts> divide_vertebrae(const SpineLevels& levels, const Volume* uncertainty = nullptr,
                                       const StructureProbabilities* probability = nullptr);

}  // namespace spineseg
