// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/unet_presegmenter.h"

#include <torch/torch.h>

#include "worker/inference/networks/test_time_scale.h"

namespace spineseg {

torch::Tensor UNetPresegmenter::probabilities(const SliceStack&, std::int64_t,
                                              const torch::Tensor& network_input) {
    std::vector<torch::Tensor> members;
    for (auto& network : networks_) {
        members.push_back(averaged_over_scales(network_input, scales_, [&](const torch::Tensor& input) {
            return torch::softmax(network->forward(input), 1);
        }));
    }
    return torch::stack(members);
}

}  // namespace spineseg
