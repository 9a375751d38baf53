// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/out_of_memory.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>
#include <new>
#include <stdexcept>

namespace spineseg {
namespace out_of_memory_test {

TEST(OutOfMemory, IsKnownByTypeAndByWords) {
    EXPECT_TRUE(says_out_of_memory(std::bad_alloc()));
    EXPECT_TRUE(says_out_of_memory(std::runtime_error("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")));
    EXPECT_FALSE(says_out_of_memory(std::runtime_error("cuDNN error: CUDNN_STATUS_BAD_PARAM")));
    EXPECT_FALSE(says_out_of_memory(std::runtime_error("sizes do not match")));
}

TEST(OutOfMemory, IsWhatThisLibTorchSaysWhenTheMachineHasNoMoreMemory) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer ends the program where malloc would fail";
#else
    try {
        torch::empty({std::int64_t{1} << 50});
        FAIL() << "four pebibytes were given";
    } catch (const std::exception& error) {
        EXPECT_TRUE(says_out_of_memory(error)) << error.what();
    }
#endif
}

}  // namespace out_of_memory_test
}  // namespace spineseg
