// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The published network as its authors run it: torch's own layers, NCHW, transposed convolutions, instance
/// norm, float32. The yardstick of the "times as fast" that the benchmark prints. Uses our modules' weights,
/// so that both compute the same function. One thread at a time.

#include "worker/inference/networks/networks.h"

namespace spineseg {

/// DenoiserImpl::forward() with the image encoder's `features` (NCHW) added.
torch::Tensor original_denoiser(DenoiserImpl& network, const torch::Tensor& image, const torch::Tensor& x_t,
                                const torch::Tensor& timestep, const std::vector<torch::Tensor>& features);
std::vector<torch::Tensor> original_encoder(ImageEncoderImpl& network, const torch::Tensor& image);

}  // namespace spineseg
