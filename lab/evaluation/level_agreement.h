// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The names that the numbering gives against a reader's. Pure; any thread.

#include <optional>

#include "core/spine_levels.h"
#include "core/volume.h"

namespace spineseg {

enum class LevelOutcome { right, wrong, open, not_comparable };
const char* to_string(LevelOutcome outcome);

struct LevelAgreement {
    LevelOutcome outcome = LevelOutcome::not_comparable;
    /// Of the count, whether or not it gives names: by how many levels it counts a vertebra higher than the reader. The
    /// one that departs most; nothing where no vertebra lies on a named body.
    std::optional<int> offset;
    bool sacrum_counted = false;  ///< half of S1 and more lies in a counted vertebra
};

/// `truth` lies on the grid of `levels.labels`: vertebrae from below, 1 is L5, and `sacrum` is S1's number; 0 is
/// everything else. A body belongs to the vertebra that holds most of it, half at least.
LevelAgreement compare_levels(const SpineLevels& levels, const LabelMap& truth, std::uint8_t sacrum);

}  // namespace spineseg
