// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Maps on the model's grid → the source's own grid. No state; any thread.

#include <torch/types.h>

#include <vector>

#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

/// A map on the model's grid (float32 [N, H, W], CPU) brought back onto the source's own grid.
Volume restore_map(const torch::Tensor& map, const GeometryTrace& trace);

/// One plane of the model's grid (its rows × its columns, contiguous) at the source's resolution, still
/// oriented as the model's grid is: trace.row.source_count × trace.column.source_count.
std::vector<float> restore_plane(const float* plane, const GeometryTrace& trace);

/// The ensemble's probabilities: what measurements take their uncertainty from. `probability` is float32
/// [N, 3, H, W] on the model's grid, on the CPU.
StructureProbabilities restore_probabilities(const torch::Tensor& probability, const GeometryTrace& trace);

}  // namespace spineseg
