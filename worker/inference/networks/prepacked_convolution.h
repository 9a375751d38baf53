// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A 3 × 3 convolution whose weight stays as the kernels want it. Converting 512 × 512 × 9 weights costs half
/// as much as a convolution of a 20 × 20 map with them, bringing them into oneDNN's blocked order another
/// tenth to quarter; so outside training both are done once and again only when the parameter has changed.
/// One thread at a time.

#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "worker/inference/networks/blocked_layer.h"

namespace spineseg {

class PrepackedConvolution {
  public:
    /// `x` [N, C, H, W] in the compute type, channels-last, or of the method of this thread's scope
    /// (convolution_method.h), with `parameter` [K, C, 3, 3] in any type: stride
    /// 1, a border of zeros, no bias. Differentiable where gradients are recorded; then nothing is kept.
    torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& parameter);

  private:
    void forget();
    bool is_current(const torch::Tensor& x, const torch::Tensor& parameter) const;
    void keep(const torch::Tensor& x, const torch::Tensor& parameter);

    torch::Tensor weight_;               ///< in x's type, channels-last
    std::optional<c10::IValue> packed_;  ///< the same for oneDNN, where LibTorch has it
    torch::Device device_{torch::kCPU};
    torch::ScalarType type_ = torch::kFloat32;
    const void* data_ = nullptr;
    std::int64_t version_ = -1;
    BlockedLayer blocked_{BlockedLayer::Kind::convolution};
};

}  // namespace spineseg
