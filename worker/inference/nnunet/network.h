// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// nnU-Net's two-dimensional networks, PlainConvUNet and ResidualEncoderUNet (package
/// dynamic_network_architectures), for prediction only: no gradients, no deep supervision. Activations are
/// channels-last in the precision asked for; weights stay float32. Throws c10::Error on what LibTorch cannot
/// do. One thread at a time.

#include <torch/types.h>

#include <memory>

#include "core/result.h"
#include "worker/inference/networks/precision.h"
#include "worker/inference/nnunet/configuration.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg::nnunet {

/// State dicts name shared weights several times: once below the encoder, once below the decoder's reference
/// to it, and each layer again in a list of its block. Only the first of each is kept. model_invalid where
/// two names of one weight disagree.
Result<TensorMap> without_aliases(const TensorMap& state);

class Network {
  public:
    virtual ~Network() = default;
    /// [N, 1, H, W] float32 → logits [N, classes, H, W] float32; H and W multiples of the strides' product.
    virtual torch::Tensor logits(const torch::Tensor& image, Precision precision) const = 0;
};

/// Takes the weights out of `state` (without aliases). A missing, surplus or misshapen tensor, and one with
/// numbers that are not finite, is model_invalid by name.
Result<std::unique_ptr<Network>> make_network(const NetworkPlan& plan, std::int64_t classes,
                                              const TensorMap& state, const torch::Device& device);

}  // namespace spineseg::nnunet
