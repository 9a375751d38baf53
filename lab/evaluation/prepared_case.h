// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An image and its truth on the model's grid: what training and calibration learn from. Any thread; no
/// state.

#include <torch/types.h>

#include "config/model_manifest.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

struct PreparedCase {
    SliceStack slices;
    /// float16 [N, 3, H, W] in 0..1: how much of each pixel a structure covers, in core's Structure order.
    torch::Tensor shares;
    GeometryTrace trace;
};

/// As prepare(); invalid_argument as well when the grids differ or a label is none of core's.
Result<PreparedCase> prepare_case(const Volume& image, const LabelMap& labels, const InputPlan& plan);

}  // namespace spineseg
