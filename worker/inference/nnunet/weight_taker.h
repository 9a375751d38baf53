// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Hands out the tensors of a state dict by name and shape, so that a network can be built in one go. The
/// first one that is missing, misshapen or not finite throws WeightRefused, which make_network() turns into a
/// Result; what nobody took is found at the end. One thread at a time.

#include <torch/types.h>

#include <set>
#include <string>
#include <vector>

#include "worker/inference/storage/safetensors.h"

namespace spineseg::nnunet {

struct WeightRefused {
    std::string what;  ///< begins with the tensor's name
};

class WeightTaker {
  public:
    WeightTaker(const TensorMap& state, const torch::Device& device) : state_(state), device_(device) {}
    /// float32, on the device.
    torch::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape);
    void refuse_surplus() const;

  private:
    const TensorMap& state_;
    torch::Device device_;
    std::set<std::string> taken_;
};

}  // namespace spineseg::nnunet
