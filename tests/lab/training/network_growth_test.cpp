// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/network_growth.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace network_growth_test {

using torch::Tensor;

const Widths kNarrow{8, 8, 16, 32, 64, 8}, kWide{16, 16, 32, 64, 128, 16};

TEST(NetworkGrowth, AWiderPresegmentationComputesTheSame) {
    torch::manual_seed(1);
    PresegmentationUNet narrow(kNarrow), wide(kWide);
    const auto weights = grown(state_of(*narrow), state_of(*wide), 5);
    ASSERT_TRUE(weights) << weights.error().detail;
    ASSERT_TRUE(load_state(*wide, *weights));
    const torch::NoGradGuard guard;
    const Tensor image = torch::randn({1, 1, 32, 48});
    EXPECT_LT((narrow->forward(image) - wide->forward(image)).abs().max().item<double>(), 1e-4);
}

TEST(NetworkGrowth, AWiderDenoiserComputesTheSame) {
    torch::manual_seed(2);
    SpineSegDiff narrow(kNarrow), wide(kWide);
    const auto weights = grown(state_of(*narrow), state_of(*wide), 5);
    ASSERT_TRUE(weights) << weights.error().detail;
    ASSERT_TRUE(load_state(*wide, *weights));
    const torch::NoGradGuard guard;
    const Tensor image = torch::randn({1, 1, 32, 48}), x = torch::randn({1, 3, 32, 48}),
                 t = torch::tensor({400});
    const Tensor before = narrow->model->forward(image, x, t, narrow->encode(image));
    const Tensor after = wide->model->forward(image, x, t, wide->encode(image));
    EXPECT_LT((before - after).abs().max().item<double>(), 1e-4);
}

TEST(NetworkGrowth, EqualChannelsGetDifferentGradients) {
    torch::manual_seed(3);
    PresegmentationUNet narrow(kNarrow), wide(kWide);
    ASSERT_TRUE(load_state(*wide, *grown(state_of(*narrow), state_of(*wide), 5)));
    wide->forward(torch::randn({1, 1, 32, 32})).pow(2).sum().backward();
    const Tensor gradient = wide->encoder->conv_0->conv_0->conv->weight.grad();
    EXPECT_GT((gradient[0] - gradient[1]).abs().max().item<double>(),
              1e-3 * gradient.abs().max().item<double>());
}

TEST(NetworkGrowth, RefusesChannelsThatAreNoWholeMultipleByName) {
    PresegmentationUNet narrow(kNarrow), wide(Widths{12, 12, 24, 48, 96, 12});
    const auto weights = grown(state_of(*narrow), state_of(*wide), 5);
    ASSERT_FALSE(weights);
    EXPECT_NE(weights.error().detail.find("channels are no whole multiple of 8"), std::string::npos)
        << weights.error().detail;
}

TEST(NetworkGrowth, RefusesATensorThatOneOfThemLacks) {
    PresegmentationUNet narrow(kNarrow), wide(kWide);
    auto less = state_of(*narrow);
    less.erase("final_conv.bias");
    const auto weights = grown(less, state_of(*wide), 5);
    ASSERT_FALSE(weights);
    EXPECT_NE(weights.error().detail.find("final_conv.bias"), std::string::npos);
}

}  // namespace network_growth_test
}  // namespace spineseg
