// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/svg_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace spineseg {
namespace svg_chart_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(SvgChart, TicksAreRoundAndCoverTheRange) {
    EXPECT_THAT(axis_ticks({0.0, 1.0}),
                ElementsAre(::testing::DoubleNear(0, 1e-9), ::testing::DoubleNear(0.2, 1e-9),
                            ::testing::DoubleNear(0.4, 1e-9), ::testing::DoubleNear(0.6, 1e-9),
                            ::testing::DoubleNear(0.8, 1e-9), ::testing::DoubleNear(1, 1e-9)));
    for (const double high : {0.013, 0.4, 7.0, 930.0, 1.1}) {
        const auto ticks = axis_ticks({0.0, high});
        EXPECT_GE(ticks.size(), 3U) << high;
        EXPECT_LE(ticks.size(), 9U) << high;
        EXPECT_LE(ticks.back(), high * (1 + 1e-9));
    }
}

TEST(SvgChart, APointLiesWhereItsValuesSay) {
    Chart chart{.title = "t", .x_label = "x", .y_label = "y"};
    chart.series = {{"", ChartMark::dot, 2, {{0.0, 0.0, "low"}, {1.0, 1.0, "high"}}}};
    const auto svg = draw_chart(chart);
    EXPECT_THAT(svg, HasSubstr("<circle class=\"c2 dot\" cx=\"52.0\" cy=\"236.0\" r=\"3.2\"><title>low"));
    EXPECT_THAT(svg, HasSubstr("<circle class=\"c2 dot\" cx=\"348.0\" cy=\"30.0\" r=\"3.2\"><title>high"));
}

TEST(SvgChart, ForeignTextCannotBecomeMarkup) {
    Chart chart{.title = "<script>\"&'", .x_label = "a<b", .y_label = ""};
    chart.categories = {"<i>"};
    EXPECT_THAT(draw_chart(chart), Not(HasSubstr("<script>")));
    EXPECT_THAT(draw_chart(chart), Not(HasSubstr("<i>")));
    EXPECT_EQ(escape_html("<\"&'>"), "&lt;&quot;&amp;&#39;&gt;");
}

TEST(SvgChart, AnEmptyRangeIsRefused) {
    Chart chart{.title = "t", .x_label = "x", .y_label = "y"};
    chart.y = {1.0, 1.0};
    EXPECT_THROW(draw_chart(chart), std::invalid_argument);
}

}  // namespace svg_chart_test
}  // namespace spineseg
