// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A picture to look at: the midline slice, the same with contours, and with the uncertainty as a heat map; a
/// legend, the orientation letters, the words "research use only". Drawn with cairo. Any thread.

#include <filesystem>
#include <string>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

struct OverviewCaption {
    std::string title;         ///< e.g. "lumbar-fast 0.1.0 · seed 7 · 5 samples × 3 steps"
    std::string footnote;      ///< e.g. Dice figures where ground truth is at hand
    std::string verdict = {};  ///< of the quality check, in the warning colour; empty: it passed
};

/// `uncertainty` is 0..1. All three grids must be the same (invalid_argument).
Result<void> write_overview(const Volume& image, const LabelMap& labels, const Volume& uncertainty,
                            const OverviewCaption& caption, const std::filesystem::path& png);

}  // namespace spineseg
