// SPDX-License-Identifier: GPL-3.0-or-later
// What runs on the CPU by default runs on another device too: nothing mixes tensors of both.
#include "tests/worker/inference/strict_device.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace strict_device_test {

using ::testing::HasSubstr;

TEST(StrictDevice, ComputesWhatTheCpuComputes) {
    const auto x = torch::arange(6, torch::kFloat32).view({2, 3});
    const auto there = x.to(strict_device());
    EXPECT_FALSE(there.device().is_cpu());
    EXPECT_TRUE(torch::equal((there * 2.0 + there).t().to(torch::kCPU), (x * 3.0).t()));
    auto changed = there.clone();
    changed.narrow(1, 0, 1).fill_(7.0);
    EXPECT_EQ(changed[1][0].item<float>(), 7.0f);
    EXPECT_EQ(x[1][0].item<float>(), 3.0f);
}

TEST(StrictDevice, RefusesTensorsOfTheCpu) {
    const auto here = torch::ones({2, 3});
    const auto there = here.to(strict_device());
    EXPECT_THROW(there + here, c10::Error);
    EXPECT_THROW(torch::cat({there, here}), c10::Error);
    EXPECT_THROW(torch::conv2d(there.view({1, 1, 2, 3}), torch::ones({1, 1, 1, 1})), c10::Error);
}

TEST(StrictDevice, CountsWhatTheCpuReads) {
    reads_of_strict_device();
    const auto there = torch::ones({2, 3}).to(strict_device());
    EXPECT_EQ(reads_of_strict_device(), 0);
    EXPECT_EQ(there.sum().item<float>(), 6.0f);
    there.to(torch::kCPU);
    EXPECT_EQ(reads_of_strict_device(), 2);
}

}  // namespace strict_device_test
}  // namespace spineseg
