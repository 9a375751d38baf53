// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A label map against a ground truth, for the commands that are given one.

#include <filesystem>
#include <string>

#include "core/result.h"
#include "core/volume.h"
#include "worker/cli/label_overlap.h"

namespace spineseg {

/// The truth may be stored in another axis order than the series: both are compared as sagittal stacks.
Result<LabelOverlap> compare_with_truth(const LabelMap& labels, const std::filesystem::path& file);

/// "Dice  canal 0.910  vertebra 0.926  disc 0.867".
std::string dice_line(const LabelOverlap& compared);

}  // namespace spineseg
