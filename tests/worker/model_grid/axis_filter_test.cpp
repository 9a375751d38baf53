// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/axis_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace spineseg {
namespace axis_filter_test {

std::vector<float> resample(const std::vector<float>& line, int outputs, double step) {
    return resample_plane(line, AxisFilter(1, 1, 1.0),
                          AxisFilter(static_cast<int>(line.size()), outputs, step));
}

TEST(AxisFilter, EqualSpacingIsTheIdentityBitForBit) {
    const std::vector<float> line{0.1F, -7.3F, 1e-20F, 1023.7F, 3e7F};
    EXPECT_EQ(resample(line, 5, 1.0), line);
}

TEST(AxisFilter, HalvingTheResolutionAveragesPairsAndSkipsNothing) {
    EXPECT_THAT(resample({0, 10, 0, 10, 4, 8}, 3, 2.0),
                ::testing::Pointwise(::testing::FloatEq(), {5.F, 5.F, 6.F}));
}

TEST(AxisFilter, DoublingTheResolutionInterpolatesLinearly) {
    EXPECT_THAT(resample({0, 8}, 4, 0.5), ::testing::Pointwise(::testing::FloatEq(), {0.F, 2.F, 6.F, 8.F}));
}

TEST(AxisFilter, WeightsAlwaysSumToOneAndStayInside) {
    for (double step : {0.3, 0.5, 0.77, 1.0, 1.0667, 1.6, 2.0, 3.3}) {
        const int inputs = 101;
        const AxisFilter filter(inputs, static_cast<int>(std::lround(inputs / step)), step);
        for (int out = 0; out < filter.outputs(); ++out) {
            const auto weights = filter.weights(out);
            ASSERT_FALSE(weights.empty());
            EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1.0, 1e-6)
                << step << " at " << out;
            EXPECT_GE(filter.first_input(out), 0);
            EXPECT_LE(filter.first_input(out) + static_cast<int>(weights.size()), inputs);
        }
    }
}

TEST(AxisFilter, ARampStaysTheSameRampAtAnySpacing) {
    std::vector<float> ramp(60);
    std::iota(ramp.begin(), ramp.end(), 0.0F);
    for (double step : {0.5, 0.8, 1.25, 2.0}) {
        const int outputs = static_cast<int>(60 / step);
        const auto resampled = resample(ramp, outputs, step);
        for (int out = 3; out < outputs - 3; ++out) {
            const double expected = (out - (outputs - 1) / 2.0) * step + 29.5;
            // A box over a piecewise linear signal deviates from it by at most an eighth of a pixel's slope.
            EXPECT_NEAR(resampled[static_cast<std::size_t>(out)], expected, 0.13) << step;
        }
    }
}

TEST(AxisFilter, PlanesKeepRowsAndColumnsApart) {
    const std::vector<float> plane{1, 2, 3,  //
                                   4, 5, 6};
    const auto result = resample_plane(plane, AxisFilter(2, 1, 2.0), AxisFilter(3, 3, 1.0));
    EXPECT_THAT(result, ::testing::Pointwise(::testing::FloatEq(), {2.5F, 3.5F, 4.5F}));
}

}  // namespace axis_filter_test
}  // namespace spineseg
