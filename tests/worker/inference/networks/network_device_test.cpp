// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/network_device.h"

#include <ATen/Context.h>
#include <gmock/gmock.h>
#include <torch/cuda.h>

namespace spineseg {
namespace network_device_test {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(NetworkDevice, TheCpuIsAlwaysThere) {
    const auto device = find_device("cpu");
    ASSERT_TRUE(device.has_value());
    EXPECT_TRUE(device->is_cpu());
    EXPECT_FALSE(free_device_memory(*device).has_value());
}

TEST(NetworkDevice, AnUnknownNameIsRefusedWithTheKnownOnes) {
    for (const char* name : {"abacus", "", "cuda:", "cuda:x", "mps", "meta"}) {
        const auto device = find_device(name);
        ASSERT_FALSE(device.has_value()) << name;
        EXPECT_EQ(device.error().code, ErrorCode::invalid_configuration);
        EXPECT_THAT(device.error().detail, AllOf(HasSubstr(name), HasSubstr("cuda:NUMBER")));
    }
}

TEST(NetworkDevice, WithoutAGpuCudaIsRefusedWithTheRemedy) {
    if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has a GPU";
    for (const char* name : {"cuda", "cuda:1"}) {
        const auto device = find_device(name);
        ASSERT_FALSE(device.has_value()) << name;
        EXPECT_EQ(device.error().code, ErrorCode::invalid_configuration);
        EXPECT_THAT(device.error().detail, AllOf(HasSubstr(name), HasSubstr("--device cpu")));
    }
}

TEST(NetworkDevice, OnAGpuFloat32IsNotRoundedAndAlgorithmsDoNotVary) {
    const auto& settings = at::globalContext();
    prefer_exact_results(torch::Device("cuda:0"));
    EXPECT_FALSE(settings.allowTF32CuDNN());
    EXPECT_FALSE(settings.allowTF32CuBLAS());
    EXPECT_FALSE(settings.benchmarkCuDNN());
    EXPECT_TRUE(settings.deterministicCuDNN());
}

TEST(NetworkDevice, TheMemoryOfAGpuThatIsNotThereIsNotKnown) {
    if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has a GPU";
    EXPECT_FALSE(free_device_memory(torch::Device("cuda:0")).has_value());
}

}  // namespace network_device_test
}  // namespace spineseg
