// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/prepacked_convolution.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/worker/inference/needs_bfloat16.h"

namespace spineseg {
namespace prepacked_convolution_test {

using torch::Tensor;

Tensor random_map(std::int64_t n, std::int64_t channels, std::int64_t rows, std::int64_t columns) {
    return torch::randn({n, channels, rows, columns}).contiguous(torch::MemoryFormat::ChannelsLast);
}

Tensor expected(const Tensor& x, const Tensor& parameter) {
    return torch::conv2d(x, parameter.to(x.scalar_type()), {}, 1, 1);
}

TEST(PrepackedConvolution, IsTorchsConvolutionForEverySizeOfInputThatFollows) {
    const torch::NoGradGuard guard;
    const Tensor parameter = torch::randn({48, 32, 3, 3});
    PrepackedConvolution convolution;
    for (const auto& [n, rows, columns] :
         {std::array{1, 16, 16}, {4, 16, 16}, {1, 40, 24}, {3, 2, 2}, {1, 16, 16}}) {
        const Tensor x = random_map(n, 32, rows, columns);
        const Tensor y = convolution(x, parameter);
        EXPECT_TRUE(y.is_contiguous(torch::MemoryFormat::ChannelsLast));
        EXPECT_TRUE(torch::allclose(y, expected(x, parameter), 1e-4, 1e-4))
            << n << " " << rows << " " << columns;
    }
}

TEST(PrepackedConvolution, TakesTheFewChannelsOfAnImage) {
    const torch::NoGradGuard guard;
    const Tensor parameter = torch::randn({32, 1, 3, 3}), x = random_map(2, 1, 32, 16);
    EXPECT_TRUE(torch::allclose(PrepackedConvolution()(x, parameter), expected(x, parameter), 1e-4, 1e-4));
}

TEST(PrepackedConvolution, FollowsAParameterThatHasChanged) {
    const torch::NoGradGuard guard;
    Tensor parameter = torch::randn({16, 16, 3, 3});
    const Tensor x = random_map(1, 16, 16, 16);
    PrepackedConvolution convolution;
    const Tensor before = convolution(x, parameter);
    parameter.mul_(2);
    EXPECT_TRUE(torch::allclose(convolution(x, parameter), 2 * before, 1e-4, 1e-4));
    const Tensor other = torch::randn({16, 16, 3, 3});
    EXPECT_TRUE(torch::allclose(convolution(x, other), expected(x, other), 1e-4, 1e-4));
}

TEST(PrepackedConvolution, ComputesInTheTypeOfItsInput) {
    SPINESEG_NEEDS_BFLOAT16();
    const torch::NoGradGuard guard;
    const Tensor parameter = torch::randn({16, 16, 3, 3}), x = random_map(1, 16, 16, 16);
    PrepackedConvolution convolution;
    const Tensor exact = convolution(x, parameter);
    const Tensor rough = convolution(x.to(torch::kBFloat16), parameter);
    EXPECT_EQ(rough.scalar_type(), torch::kBFloat16);
    EXPECT_TRUE(torch::allclose(rough.to(torch::kFloat32), exact, 0.05, 0.2));
    EXPECT_TRUE(torch::equal(convolution(x, parameter), exact));
}

TEST(PrepackedConvolution, TakesParametersThatWereMadeInInferenceMode) {
    const c10::InferenceMode inference;
    const Tensor parameter = torch::randn({16, 16, 3, 3}), x = random_map(1, 16, 16, 16);
    PrepackedConvolution convolution;
    EXPECT_TRUE(torch::allclose(convolution(x, parameter), expected(x, parameter), 1e-4, 1e-4));
    EXPECT_TRUE(torch::allclose(convolution(x, parameter), expected(x, parameter), 1e-4, 1e-4));
}

void expect_differentiable(torch::ScalarType type) {
    const Tensor x = random_map(1, 4, 8, 8);
    Tensor parameter = torch::randn({8, 4, 3, 3}, torch::requires_grad());
    PrepackedConvolution convolution;
    {
        const torch::NoGradGuard guard;
        convolution(x, parameter);
    }
    convolution(x.to(type), parameter).to(torch::kFloat32).sum().backward();
    EXPECT_GT(parameter.grad().abs().sum().item<double>(), 0);
}

TEST(PrepackedConvolution, StaysDifferentiableInTraining) {
    expect_differentiable(torch::kFloat32);
}

TEST(PrepackedConvolution, StaysDifferentiableInTrainingInBfloat16) {
    SPINESEG_NEEDS_BFLOAT16();
    expect_differentiable(torch::kBFloat16);
}

}  // namespace prepacked_convolution_test
}  // namespace spineseg
