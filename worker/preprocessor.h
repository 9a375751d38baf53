// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Volume → slices on the model's canvas, and back. Oriented, resampled in the sagittal plane only and
/// centred on the canvas as the model's InputPlan says; slices keep the source's order. Any thread; no state.

#include <torch/types.h>

#include "config/model_manifest.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/geometry_trace.h"
#include "worker/inference/segmenter.h"

namespace spineseg {

struct PreparedVolume {
    SliceStack slices;
    GeometryTrace trace;
};

/// not_sagittal, geometry_out_of_range or non_finite_pixels; invalid_argument when voxels and geometry
/// disagree.
Result<PreparedVolume> prepare(const Volume& volume, const InputPlan& plan);

/// An image with its truth, laid on the canvas alike: what training packs.
struct PreparedCase {
    SliceStack slices;
    torch::Tensor
        labels;  ///< uint8 [N, H, W]: 0 background, 1 canal, 2 vertebra, 3 disc (1 + core's Structure)
    GeometryTrace trace;
};

/// As prepare(); invalid_argument as well when the grids differ or a label is none of core's.
Result<PreparedCase> prepare_case(const Volume& image, const LabelMap& labels, const InputPlan& plan);

/// A map on the canvas (float32 [N, H, W], CPU) brought back onto the source's own grid.
Volume restore_map(const torch::Tensor& map, const GeometryTrace& trace);

/// One plane of the canvas (canvas rows × canvas columns, contiguous) at the source's resolution, still
/// oriented as the canvas is: trace.row.source_count × trace.column.source_count.
std::vector<float> restore_plane(const float* canvas, const GeometryTrace& trace);

}  // namespace spineseg
