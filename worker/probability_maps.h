// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The ensemble's probabilities brought back onto the source's grid: what measurements take their uncertainty
/// from. No state; any thread.

#include <torch/types.h>

#include "core/volume.h"
#include "worker/geometry_trace.h"

namespace spineseg {

/// `probability` is float32 [N, 3, H, W] on the canvas, on the CPU.
StructureProbabilities restore_probabilities(const torch::Tensor& probability, const GeometryTrace& trace);

}  // namespace spineseg
