// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Planes from one grid to another, as nnU-Net does through skimage.transform.resize and scipy.ndimage.zoom
/// (mode "edge", grid mode, no anti-aliasing): pixel centres at (i + ½)·in/out − ½, an interpolating spline,
/// edges continued. Any thread; no state.

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "worker/inference/nnunet/configuration.h"

namespace spineseg::nnunet {

/// Which axis of a case (0 slices, 1 rows, 2 columns) is resampled apart from the other two, if any. It is the
/// coarsest axis of the source grid if that grid is anisotropic, else the coarsest axis of the target grid if
/// that one is. Nothing if two axes are equally coarse. nnU-Net's determine_do_sep_z_and_axis().
std::optional<std::size_t> axis_apart(const Resampling& rule, const std::array<double, 3>& from_mm,
                                      const std::array<double, 3>& to_mm);

/// round(n · from / to) of each axis, halves to even as Python rounds.
Size resampled_size(const Size& size, const std::array<double, 2>& from_mm,
                    const std::array<double, 2>& to_mm);

/// The limits to which the result is clipped, because a cubic spline overshoots at edges: [1, 1], or [H, 1] or [1, W] where rows or
/// columns are resampled apart.
struct Bounds {
    torch::Tensor low, high;
};

/// [..., H, W] → [..., size] in float32, computed in float64. The same size comes back as it is. Rows (1) or
/// columns (2) that are resampled apart come last, after the clipping.
torch::Tensor resample_planes(const torch::Tensor& planes, const Size& size, const Resampling& rule,
                              std::optional<std::size_t> apart = std::nullopt,
                              const std::optional<Bounds>& bounds = std::nullopt);

/// The spline along one axis as a matrix: float64 [outputs, inputs]. Order 0 (the nearest sample), 1 or 3.
torch::Tensor spline_matrix(std::int64_t inputs, std::int64_t outputs, int order);

}  // namespace spineseg::nnunet
