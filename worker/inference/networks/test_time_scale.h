// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Test-time scales: the same slices looked at larger and smaller, and the answers brought back and averaged.
/// Throws c10::Error. Any thread.

#include <torch/types.h>

#include <functional>
#include <vector>

namespace spineseg {

/// Mean over `scales` of what `network` ([N,1,h,w] → [N,C,h,w], h and w multiples of 16) says of the image
/// enlarged that many times about its centre; [N,C,H,W] as the image [N,1,H,W]. Bilinear both ways; what an
/// enlarged grid adds repeats the border. A scale of 1 is the network on the image itself, bit for bit.
torch::Tensor averaged_over_scales(const torch::Tensor& image, const std::vector<double>& scales,
                                   const std::function<torch::Tensor(const torch::Tensor&)>& network);

}  // namespace spineseg
