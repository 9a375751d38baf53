// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Degradations that move, turn or cut what is seen, image and truth alike (degradation.h). Both lie on one
/// grid, a sagittal stack. Any thread.

#include "core/split_mix.h"
#include "lab/evaluation/degraded_series.h"

namespace spineseg {

DegradedSeries clipped(const Volume& image, const LabelMap& truth, double strength, SplitMix64& random);
DegradedSeries moved_to_belly(const Volume& image, const LabelMap& truth, double strength);

/// Turned in the plane about its middle by `degrees` and scaled by `size`; beyond the image there is no signal.
DegradedSeries turned(const Volume& image, const LabelMap& truth, double degrees, double size);

/// Rows or columns in reverse order, as if the header named the opposite direction.
DegradedSeries upside_down(const Volume& image, const LabelMap& truth);
DegradedSeries front_to_back(const Volume& image, const LabelMap& truth);

}  // namespace spineseg
