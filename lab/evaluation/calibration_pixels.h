// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a calibration learns from: the model's distributions near the anatomy, with the share of each pixel
/// that the truth gives to each class, on the model grid, where temperatures act. No state; any thread.

#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "lab/evaluation/temperature_fit.h"
#include "worker/pipeline/traced_segmentation.h"

namespace spineseg {

/// Of one case, at most; drawn evenly.
inline constexpr std::size_t kMostPixelsPerCase = 300'000;

/// Appends the pixels within kBandMm of any structure. `image` is what was segmented and `truth` lies on its
/// grid. Errors are prepare_case()'s.
Result<void> add_band_pixels(const TracedSegmentation& traced, const Volume& image, const LabelMap& truth,
                             const InputPlan& plan, std::vector<LabelledPixel>& pixels);

}  // namespace spineseg
