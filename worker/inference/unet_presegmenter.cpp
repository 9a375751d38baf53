// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/unet_presegmenter.h"

#include <torch/torch.h>

namespace spineseg {

torch::Tensor UNetPresegmenter::probabilities(const SliceStack&, std::int64_t,
                                              const torch::Tensor& network_input) {
    return torch::softmax(network_->forward(network_input), 1);
}

}  // namespace spineseg
