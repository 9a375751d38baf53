// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Instance norm + affine + LeakyReLU (+ time vector, + feature map) in one read and one write of the
/// activation, NHWC. torch's own instance_norm goes back to NCHW and costs more than the convolutions
/// (feasibility study: 7.6 times faster network calls with this kernel). Differentiable. Chooses its
/// instruction set at run time.

#include <torch/types.h>

namespace spineseg {

struct Processor;
namespace kernels {
struct Kernels;
}

struct NormActivation {
    torch::Tensor x;       ///< [N, C, H, W], float32 or bfloat16; what the convolution gave
    torch::Tensor gamma;   ///< [C] float32
    torch::Tensor beta;    ///< [C] float32
    torch::Tensor vector;  ///< [N, C] float32 added after the activation, or undefined
    torch::Tensor map;     ///< like x, added after the activation, or undefined
    double eps = 1e-5;
    double slope = 0.1;  ///< of LeakyReLU
};

/// The fused kernel on CPUs when C is a multiple of 16, else torch's own operations. Result is channels-last.
torch::Tensor norm_activation(const NormActivation& args);
/// The same from torch's own operations, on any device: the reference that the kernel is tested against, and its fallback.
torch::Tensor norm_activation_reference(const NormActivation& args);
/// The widest kernels that the processor runs and `capability` allows: the value of ATEN_CPU_CAPABILITY, which
/// limits LibTorch's own kernels too ("avx2", "default"; null or anything else: no limit).
const kernels::Kernels& choose_norm_kernels(const Processor& processor, const char* capability);

}  // namespace spineseg
