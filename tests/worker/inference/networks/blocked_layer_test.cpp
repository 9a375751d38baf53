// SPDX-License-Identifier: GPL-3.0-or-later
/// Blocked maps and their layers against LibTorch's own.
#include "worker/inference/networks/blocked_layer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/worker/inference/needs_bfloat16.h"
#include "worker/inference/networks/blocked_map.h"

namespace spineseg {
namespace blocked_layer_test {

using torch::Tensor;

struct Case {
    std::int64_t n, in, out, rows, columns, side;
    bool bias;
};

class BlockedLayers : public ::testing::TestWithParam<torch::ScalarType> {
  protected:
    void SetUp() override {
        if (GetParam() == torch::kBFloat16) SPINESEG_NEEDS_BFLOAT16();
        if (block() == 0) GTEST_SKIP() << "this build or processor has no blocked layers in this type";
        torch::manual_seed(11);
    }
    std::int64_t block() const { return block_of_channels(GetParam()); }
    /// Values as the compute type holds them, so that both sides multiply the same.
    Tensor random(at::IntArrayRef sizes) const {
        return torch::randn(sizes).to(GetParam()).to(torch::kFloat32);
    }
    void expect_close(const Tensor& given, const Tensor& expected) const {
        // Of the sums' spread: float32 rounds at 6e-8, bfloat16 the result at 4e-3.
        const double bound = GetParam() == torch::kBFloat16 ? 3e-2 : 2e-6;
        ASSERT_EQ(given.sizes(), expected.sizes());
        EXPECT_LT((given.to(torch::kFloat32) - expected).abs().max().item<double>(),
                  bound * (expected.abs().max().item<double>() + 1e-3));
    }
    Tensor blocked(const Tensor& x) const { return to_blocked(x, block()).to(GetParam()); }

    const torch::NoGradGuard no_gradients_;
};

TEST_P(BlockedLayers, ConvolveAsTorchDoes) {
    for (const Case& k : {Case{1, 32, 64, 48, 80, 3, false},
                          {3, 64, 32, 5, 7, 3, false},
                          {1, 32, 48, 1, 1, 3, false},
                          {2, 4, 32, 32, 16, 3, false},
                          {1, 1, 16, 16, 48, 3, true},
                          {2, 32, 3, 16, 32, 1, true}}) {
        const Tensor x = random({k.n, k.in, k.rows, k.columns});
        const Tensor weight = random({k.out, k.in, k.side, k.side});
        const Tensor bias = k.bias ? torch::randn({k.out}) : Tensor();
        BlockedLayer layer(BlockedLayer::Kind::convolution);
        const Tensor input = k.in % block() == 0 ? blocked(x) : x.to(GetParam());
        SCOPED_TRACE(std::to_string(k.in) + " to " + std::to_string(k.out));
        expect_close(from_blocked(layer(input, weight, bias), k.out),
                     torch::conv2d(x, weight, bias, 1, k.side / 2));
    }
}

TEST_P(BlockedLayers, EnlargeAndJoinAsTorchDoes) {
    for (const auto& [n, rows, columns] : {std::array<std::int64_t, 3>{1, 16, 8}, {2, 5, 3}, {1, 1, 1}}) {
        const Tensor x = random({n, 64, rows, columns}), skip = random({n, 32, 2 * rows, 2 * columns});
        const Tensor weight = random({64, 32, 2, 2}), bias = torch::randn({32});
        BlockedLayer layer(BlockedLayer::Kind::quarters);
        expect_close(from_blocked(joined(blocked(skip), layer(blocked(x), weight, bias)), 64),
                     torch::cat({skip, torch::conv_transpose2d(x, weight, bias, 2)}, 1));
    }
}

TEST_P(BlockedLayers, PoolAndRepeatExactly) {
    const Tensor x = random({2, 64, 6, 10});
    EXPECT_TRUE(
        torch::equal(from_blocked(max_pooled(blocked(x)), 64).to(torch::kFloat32), torch::max_pool2d(x, 2)));
    EXPECT_TRUE(torch::equal(from_blocked(repeated_images(blocked(x), 3), 64).to(torch::kFloat32),
                             x.repeat({3, 1, 1, 1})));
}

TEST_P(BlockedLayers, FollowAParameterThatHasChangedAndEverySizeOfInput) {
    Tensor weight = random({32, 32, 3, 3});
    BlockedLayer layer(BlockedLayer::Kind::convolution);
    for (int i = 0; i < 12; ++i) {
        const Tensor x = random({1, 32, 16, 8 + i % 10});
        if (i == 6) weight.mul_(2);
        expect_close(from_blocked(layer(blocked(x), weight), 32), torch::conv2d(x, weight, {}, 1, 1));
    }
}

INSTANTIATE_TEST_SUITE_P(Types, BlockedLayers, ::testing::Values(torch::kFloat32, torch::kBFloat16));

}  // namespace blocked_layer_test
}  // namespace spineseg
