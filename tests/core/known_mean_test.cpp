// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/known_mean.h"

#include <gtest/gtest.h>

#include <array>

namespace spineseg {
namespace known_mean_test {

using Figures = std::array<std::optional<double>, 3>;

TEST(KnownMean, LeavesOutWhatIsNotKnown) {
    EXPECT_DOUBLE_EQ(known_mean(Figures{0.5, std::nullopt, 1.0}).value(), 0.75);
    EXPECT_DOUBLE_EQ(known_mean(Figures{std::nullopt, 0.0, std::nullopt}).value(), 0.0);
}

TEST(KnownMean, OfNothingIsNothing) {
    EXPECT_FALSE(known_mean(Figures{}));
    EXPECT_FALSE(known_mean({}));
}

}  // namespace known_mean_test
}  // namespace spineseg
