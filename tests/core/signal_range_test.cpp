// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal_range.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace spineseg {
namespace signal_range_test {

double zero_of(const std::vector<float>& values) {
    SignalRange range;
    range.add(values);
    return range.zero();
}

TEST(SignalRange, OrdinaryMagnitudeImagesKeepTheirZero) {
    EXPECT_EQ(zero_of({0, 10, 400, 1000}), 0);
    EXPECT_EQ(zero_of({7, 10, 400, 1000}), 0) << "noise of air is no offset";
}

TEST(SignalRange, OffsetsInBothDirectionsAreTheLowestValue) {
    EXPECT_EQ(zero_of({-200, -190, 200, 800}), -200);
    EXPECT_EQ(zero_of({1000, 1010, 1400, 2000}), 1000);
    EXPECT_FLOAT_EQ(static_cast<float>(zero_of({-2.3F, -1, 0, 4})), -2.3F);
}

TEST(SignalRange, NanIsSkippedAndAnImageOfOneValueHasNoOffset) {
    EXPECT_EQ(zero_of({std::nanf(""), -5, 8}), -5);
    EXPECT_EQ(zero_of({100, 100}), 0);
    EXPECT_EQ(zero_of({}), 0);
}

}  // namespace signal_range_test
}  // namespace spineseg
