// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Planes from one grid to another, as nnU-Net does through skimage.transform.resize and scipy.ndimage.zoom
/// (mode "edge", grid mode, no anti-aliasing): pixel centres at (i + ½)·in/out − ½, an interpolating spline,
/// edges continued. Any thread; no state.

#include <torch/types.h>

#include <cstdint>

#include "worker/inference/nnunet/configuration.h"

namespace spineseg::nnunet {

/// round(n · from / to) of each axis, halves to even as Python rounds.
Size resampled_size(const Size& size, const std::array<double, 2>& from_mm,
                    const std::array<double, 2>& to_mm);

/// [..., H, W] → [..., size] in float32, computed in float64. Order 1 or 3; a cubic spline overshoots at
/// edges, clipping is the caller's. The same size comes back as it is.
torch::Tensor resample_planes(const torch::Tensor& planes, const Size& size, int order);

/// The spline along one axis as a matrix: float64 [outputs, inputs].
torch::Tensor spline_matrix(std::int64_t inputs, std::int64_t outputs, int order);

}  // namespace spineseg::nnunet
