// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/sample_portions.h"

#include <gmock/gmock.h>

namespace spineseg {
namespace sample_portions_test {

using Portions = std::vector<std::vector<std::int64_t>>;

TEST(SamplePortions, AreFilledOneAfterTheOther) {
    EXPECT_EQ(sample_portions(0, 1, 5, 2), (Portions{{0, 1}, {2, 3}, {4}}));
    EXPECT_EQ(sample_portions(0, 1, 3, 1), (Portions{{0}, {1}, {2}}));
    EXPECT_EQ(sample_portions(0, 1, 3, 64), (Portions{{0, 1, 2}}));
}

TEST(SamplePortions, AreDealtRoundRobinOverTheMembers) {
    EXPECT_EQ(sample_portions(0, 2, 5, 4), (Portions{{0, 2, 4}}));
    EXPECT_EQ(sample_portions(1, 2, 5, 4), (Portions{{1, 3}}));
    EXPECT_EQ(sample_portions(1, 2, 1, 4), Portions{});
}

}  // namespace sample_portions_test
}  // namespace spineseg
