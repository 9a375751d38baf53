// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/compute_weight.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg {
namespace {

TEST(ComputeWeight, IsKeptFromCallToCallOutsideTraining) {
    const torch::NoGradGuard guard;
    const auto parameter = torch::randn({8, 4, 3, 3});
    ComputeWeight weight;
    const auto first = weight.of(parameter, torch::kBFloat16);
    EXPECT_TRUE(first.is_contiguous(torch::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(torch::equal(first, parameter.to(torch::kBFloat16)));
    EXPECT_EQ(weight.of(parameter, torch::kBFloat16).data_ptr(), first.data_ptr());
}

TEST(ComputeWeight, FollowsAParameterThatHasChanged) {
    const torch::NoGradGuard guard;
    auto parameter = torch::randn({8, 4, 3, 3});
    ComputeWeight weight;
    weight.of(parameter, torch::kFloat32);
    parameter.mul_(2);
    EXPECT_TRUE(torch::equal(weight.of(parameter, torch::kFloat32), parameter));
    EXPECT_EQ(weight.of(parameter, torch::kBFloat16).scalar_type(), torch::kBFloat16);
}

TEST(ComputeWeight, StaysDifferentiableInTraining) {
    auto parameter = torch::randn({8, 4, 3, 3}, torch::requires_grad());
    ComputeWeight weight;
    weight.of(parameter, torch::kBFloat16).sum().backward();
    EXPECT_TRUE(torch::equal(parameter.grad(), torch::ones_like(parameter)));
}

}  // namespace
}  // namespace spineseg
