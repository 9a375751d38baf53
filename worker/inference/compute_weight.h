// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A convolution's weight as the kernels want it: in the compute type, channels-last. Converting 512 × 512 ×
/// 9 weights costs half as much as a convolution of a 20 × 20 map with them, so outside training the
/// converted copy is kept from call to call and made anew when the parameter has changed. One thread at a
/// time.

#include <torch/types.h>

#include <cstdint>

namespace spineseg {

class ComputeWeight {
  public:
    /// Differentiable where gradients are recorded; then nothing is kept.
    torch::Tensor of(const torch::Tensor& parameter, torch::ScalarType type);

  private:
    torch::Tensor copy_;
    const void* data_ = nullptr;
    std::int64_t version_ = -1;
};

}  // namespace spineseg
