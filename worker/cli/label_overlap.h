// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Dice of two label maps per structure, pooled over all voxels of a case, as segmentation papers report it.

#include <array>
#include <optional>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

struct LabelOverlap {
    /// In core's Structure order; nothing where neither map has the structure.
    std::array<std::optional<double>, kStructures> dice;
    /// Over the structures that have one; nothing when none has.
    std::optional<double> mean() const;
};

/// invalid_argument when the grids differ.
Result<LabelOverlap> overlap(const LabelMap& labels, const LabelMap& truth);

}  // namespace spineseg
