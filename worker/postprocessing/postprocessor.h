// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Probabilities on the model grid → labels on the source's own grid. No state; any thread.

#include <torch/types.h>

#include "config/model_manifest.h"
#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

/// Decided (exclusive_decision.h or independent_decision.h, as the manifest says), uncertain pieces dropped
/// (uncertainty_filter.h), cleaned slice by slice and then as components of the volume (mask_cleaning.h), and
/// without what lies too far from the spine (levels/column_pieces.h). `probability` is float32 [N, 3, H, W],
/// `uncertainty` [N, H, W], on the CPU.
LabelMap postprocess(const torch::Tensor& probability, const torch::Tensor& uncertainty,
                     const GeometryTrace& trace, const ModelManifest& manifest);

}  // namespace spineseg
