// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Removes regions whose uncertainty is high throughout and not only along their border: the networks label such
/// regions beside the spine. No state; any thread.

#include <torch/types.h>

#include "config/model_manifest.h"
#include "worker/model_grid/geometry_trace.h"
#include "worker/postprocessing/class_stack.h"

namespace spineseg {

/// Empties every slice whose labelled pixels have a mean uncertainty above the plan's
/// `maximum_slice_uncertainty`; in the others clears every piece (4-connected, of one class) whose own mean
/// exceeds `maximum_component_uncertainty`. `uncertainty` is float32 [N, H, W] on the model grid, 0..1.
void filter_uncertain(ClassStack& stack, const torch::Tensor& uncertainty, const GeometryTrace& trace,
                      const PostprocessingPlan& plan);

}  // namespace spineseg
