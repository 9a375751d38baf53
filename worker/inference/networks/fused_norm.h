// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Instance norm + affine + LeakyReLU (+ time vector, + feature map) in one read and one write of the
/// activation, NHWC or blocked. torch's own instance_norm goes back to NCHW and costs more than the convolutions
/// (feasibility study: 7.6 times faster network calls with this kernel). Differentiable.

#include <torch/types.h>

namespace spineseg {

struct NormActivation {
    torch::Tensor
        x;  ///< [N, C, H, W] or blocked (blocked_map.h), float32 or bfloat16; what the convolution gave
    torch::Tensor gamma;   ///< [C] float32
    torch::Tensor beta;    ///< [C] float32
    torch::Tensor vector;  ///< [N, C] float32 added after the activation, or undefined
    torch::Tensor map;     ///< like x, added after the activation, or undefined
    double eps = 1e-5;
    double slope = 0.1;  ///< of LeakyReLU
    /// The result may take x's memory. Only where no gradient is recorded.
    bool in_place = false;
};

/// The fused kernel on CPUs when C is a multiple of 16 or x is blocked, else torch's own operations. The result lies as
/// x does, or channels-last.
torch::Tensor norm_activation(const NormActivation& args);
/// The same from torch's own operations, on any device: the reference that the kernel is tested against, and its fallback.
torch::Tensor norm_activation_reference(const NormActivation& args);

}  // namespace spineseg
