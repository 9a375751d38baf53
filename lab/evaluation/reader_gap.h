// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Truths whose bones touch the discs, as readers of SPIDER would have drawn them. Pure; any thread.

#include "core/volume.h"

namespace spineseg {

/// mm that SPIDER's readers leave unlabelled between a vertebra and a disc: the mean over ten patients' native masks, in the
/// middle third of their slices (18, 22, 50, 55, 98, 110, 127, 141, 185, 220: 1.1 to 2.3, mean 1.69).
inline constexpr double kReaderGap = 1.7;

/// Takes half of the gap from the vertebrae and half from the discs, within each slice.
LabelMap with_reader_gap(const LabelMap& truth, double gap = kReaderGap);

}  // namespace spineseg
