// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A segmentation with what it was made of. Apart from segmentation.h, which sees no header of LibTorch.

#include "worker/inference/segmentation/series_consensus.h"
#include "worker/model_grid/geometry_trace.h"
#include "worker/pipeline/segmentation.h"

namespace spineseg {

/// A segmentation with what it was made of, on the model grid: for evaluations.
struct TracedSegmentation {
    Segmentation segmentation;
    Consensus consensus;
    GeometryTrace trace;
};

}  // namespace spineseg
