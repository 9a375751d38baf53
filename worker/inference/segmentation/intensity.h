// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Intensities as the networks see them; training and inference run the same code. Each slice is scaled by itself.
/// Pixels outside the source image and non-finite ones take no part in any statistic and count as raw 0.
/// Values; any thread.

#include <torch/types.h>

#include "config/model_manifest.h"

namespace spineseg {

/// Divides each slice by its own percentile over the inside pixels (linear interpolation, as numpy's default)
/// and clamps to 0..clip. A slice whose percentile is not positive becomes black. [N,H,W] float32 → same.
torch::Tensor scaled_by_percentile(const torch::Tensor& intensities, const torch::Tensor& inside,
                                   double percentile, double clip);

/// (x − mean) / deviation of the slice's inside pixels; padding keeps the value that raw 0 gets. [N,H,W] →
/// same.
torch::Tensor zscored(const torch::Tensor& scaled, const torch::Tensor& inside);

/// The manifest's rule, start to end: [N,H,W] float32 and bool → [N,1,H,W] float32, on the CPU.
torch::Tensor network_input(const torch::Tensor& intensities, const torch::Tensor& inside,
                            const InputPlan& plan);

}  // namespace spineseg
