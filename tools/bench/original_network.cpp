// SPDX-License-Identifier: GPL-3.0-or-later
#include "tools/bench/original_network.h"

#include <torch/torch.h>

namespace spineseg {
namespace {

using torch::Tensor;

Tensor block(ConvNormActivationImpl& layer, const Tensor& x) {
    const Tensor convolved = torch::conv2d(x, layer.conv->weight, layer.conv->bias, 1, 1);
    const Tensor normed = torch::instance_norm(convolved, layer.norm->weight, layer.norm->bias, {}, {}, true,
                                               0.1, layer.norm->options.eps(), true);
    return torch::leaky_relu(normed, 0.1);
}

Tensor two(TwoConvImpl& convs, const Tensor& x, const Tensor& time) {
    Tensor y = block(*convs.conv_0, x);
    if (time.defined())
        y = y + convs.temb_proj->forward(time * torch::sigmoid(time)).unsqueeze(-1).unsqueeze(-1);
    return block(*convs.conv_1, y);
}

Tensor up(UpCatImpl& layer, const Tensor& x, const Tensor& skip, const Tensor& time) {
    return two(*layer.convs, torch::cat({skip, layer.deconv->forward(x)}, 1), time);
}

}  // namespace

std::vector<Tensor> original_encoder(ImageEncoderImpl& network, const Tensor& image) {
    std::vector<Tensor> features{two(*network.conv_0, image, {})};
    for (auto& down : network.downs)
        features.push_back(two(*down->convs, torch::max_pool2d(features.back(), 2), {}));
    return features;
}

Tensor original_denoiser(DenoiserImpl& network, const Tensor& image, const Tensor& x_t,
                         const Tensor& timestep, const std::vector<Tensor>& features) {
    const Tensor time = network.temb->forward(timestep);
    std::vector<Tensor> skips{two(*network.conv_0, torch::cat({image, x_t}, 1), time) + features[0]};
    for (std::size_t level = 1; level <= network.downs.size(); ++level)
        skips.push_back(two(*network.downs[level - 1]->convs, torch::max_pool2d(skips.back(), 2), time) +
                        features[level]);
    Tensor x = skips.back();
    for (std::size_t i = 0; i < network.ups.size(); ++i)
        x = up(*network.ups[i], x, skips[skips.size() - 2 - i], time);
    return network.final_conv->forward(x);
}

}  // namespace spineseg
