// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/job/exit_code.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace exit_code_test {

TEST(ExitCode, EveryErrorOfASeriesIsAnInputError) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const auto error = static_cast<ErrorCode>(code);
        if (fate_of(error) == JobFate::reject && error < ErrorCode::worker_lost) {
            EXPECT_EQ(exit_code_of(error), kExitInput) << to_string(error);
        }
        EXPECT_NE(exit_code_of(error), kExitOk) << to_string(error);
    }
}

TEST(ExitCode, ModelOutputAndUsageHaveTheirOwn) {
    EXPECT_EQ(exit_code_of(ErrorCode::model_invalid), kExitModel);
    EXPECT_EQ(exit_code_of(ErrorCode::file_unwritable), kExitOutput);
    EXPECT_EQ(exit_code_of(ErrorCode::invalid_argument), kExitUsage);
    EXPECT_EQ(exit_code_of(ErrorCode::out_of_memory), kExitResources);
    EXPECT_EQ(exit_code_of(ErrorCode::internal), kExitInternal);
}

}  // namespace exit_code_test
}  // namespace spineseg
