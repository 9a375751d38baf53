// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/output_channels.h"

#include <torch/torch.h>

#include <string>
#include <vector>

namespace spineseg {
namespace {

/// In the order of our structures.
std::vector<const std::vector<int>*> lists_of(const OutputChannels& channels) {
    return {&channels.canal, &channels.vertebra, &channels.disc};
}

}  // namespace

Result<void> check_channels(const OutputChannels& channels, std::int64_t network_channels) {
    for (const auto* list : lists_of(channels)) {
        for (const int channel : *list) {
            if (channel >= network_channels)
                return failure(ErrorCode::model_invalid,
                               "manifest.presegmentation.channels: the network has no channel " +
                                   std::to_string(channel));
        }
    }
    return {};
}

torch::Tensor class_probabilities(const torch::Tensor& network, const OutputChannels& channels) {
    auto background = torch::ones_like(network.select(1, 0));
    std::vector<torch::Tensor> classes{background};
    for (const auto* list : lists_of(channels)) {
        auto sum = torch::zeros_like(background);
        for (const int channel : *list) sum += network.select(1, channel);
        background -= sum;
        classes.push_back(sum);
    }
    background.clamp_min_(0.0);
    return torch::stack(classes, 1);
}

}  // namespace spineseg
