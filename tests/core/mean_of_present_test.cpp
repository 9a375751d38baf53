// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mean_of_present.h"

#include <gtest/gtest.h>

#include <array>

namespace spineseg {
namespace mean_of_present_test {

using Figures = std::array<std::optional<double>, 3>;

TEST(KnownMean, LeavesOutWhatIsNotKnown) {
    EXPECT_DOUBLE_EQ(mean_of_present(Figures{0.5, std::nullopt, 1.0}).value(), 0.75);
    EXPECT_DOUBLE_EQ(mean_of_present(Figures{std::nullopt, 0.0, std::nullopt}).value(), 0.0);
}

TEST(KnownMean, OfNothingIsNothing) {
    EXPECT_FALSE(mean_of_present(Figures{}));
    EXPECT_FALSE(mean_of_present({}));
}

}  // namespace mean_of_present_test
}  // namespace spineseg
