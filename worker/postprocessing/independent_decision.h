// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Decisions without exclusion, the published way (docs/method.md §3.4): each structure by itself, cleaned by
/// itself, and only then painted over each other. No state; any thread.

#include <torch/types.h>

#include "config/model_manifest.h"
#include "worker/model_grid/geometry_trace.h"
#include "worker/postprocessing/class_stack.h"

namespace spineseg {

/// Every voxel of a structure whose probability exceeds the manifest's threshold, per slice and structure:
/// holes filled, 8-connected pieces below `minimum_component_pixels` dropped, holes filled again (the
/// manifest's `fill_holes` says whether at all). With `on_canvas` all of that happens at the model's spacing,
/// where the published pixel counts belong, and the mask is then brought back; else on the source's grid. A
/// voxel of several structures gets the last in channel order. `probability` is float32 [N, 3, H, W] on the
/// CPU.
ClassStack decide_independently(const torch::Tensor& probability, const GeometryTrace& trace,
                                const ModelManifest& manifest);

}  // namespace spineseg
