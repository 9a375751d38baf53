// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How far the masks of two models agree on the same series: Dice coefficients (2 |A ∩ B| / (|A| + |B|)) over all planes,
/// of vertebrae, discs and canal as a whole and of every label by itself. Pure; any thread.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "plugin/shadow/segmentation_masks.h"

namespace spineseg {

struct LabelOverlap {
    std::string label;  ///< "L5 vertebra"
    double dice = 0;    ///< 0 where only one of the two has this label
};

struct MaskOverlap {
    /// In Structure's order; absent where neither has it.
    std::array<std::optional<double>, kStructures> structures;
    std::vector<LabelOverlap>
        labels;                  ///< in the order of the shown segments, then those that only the shadow has
    std::optional<double> mean;  ///< of the structures that are there
};

/// Each may be shared out among several objects. invalid_argument: rows and columns differ, or more than
/// SegmentationMasks::kMostSegments labels.
Result<MaskOverlap> overlap_of(const std::vector<SegmentationMasks>& shown,
                               const std::vector<SegmentationMasks>& shadow);

}  // namespace spineseg
