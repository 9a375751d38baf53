// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What image and result say against the model's reach (worker/README.md has the table and what was measured).
/// Pure; any thread.

#include <vector>

#include "core/doubt.h"
#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "core/volume.h"

namespace spineseg {

/// Where a doubt begins. Measured on 30 patients of SPIDER: worker/README.md.
struct ReachLimits {
    double side_bend_mm = 12;   ///< scoliosis
    double body_height = 0.65;  ///< deformed_vertebra: of the neighbours' height
    double arch = 0.35;         ///< missing_arch: of the usual arch's volume
    double brightness = 0.45;   ///< dark_vertebra: of the neighbours' brightness
    double void_mm2 = 25;       ///< signal_void: in one slice
};

/// emptied_slice, scoliosis, deformed_vertebra, missing_arch, dark_vertebra, signal_void; each once, with
/// all vertebrae or slices that it concerns.
/// `levels` and `measurements` are of find_levels() and measure(); `image` lies on the labels' grid.
std::vector<Doubt> doubts_of_result(const Volume& image, const SpineLevels& levels,
                                    const std::vector<StructureMeasurements>& measurements,
                                    const ReachLimits& limits = {});

}  // namespace spineseg
