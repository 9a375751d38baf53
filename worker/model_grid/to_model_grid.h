// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Volume → slices on the model's grid: oriented, resampled in the sagittal plane only and centred as the
/// model's InputPlan says; slices keep the source's order. to_source_grid.h is the way back. Any thread; no
/// state.

#include <torch/types.h>

#include "config/model_manifest.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

struct PreparedVolume {
    SliceStack slices;
    GeometryTrace trace;
};

/// not_sagittal, geometry_out_of_range or non_finite_pixels; invalid_argument when voxels and geometry
/// disagree.
Result<PreparedVolume> prepare(const Volume& volume, const InputPlan& plan);

}  // namespace spineseg
