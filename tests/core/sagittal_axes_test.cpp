// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sagittal_axes.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace sagittal_axes_test {

Geometry lumbar() {
    Geometry g;
    g.columns = g.rows = 384;
    g.slices = 15;
    g.row_direction = {0, 1, 0};
    g.column_direction = {0, 0, -1};
    g.slice_direction = {-1, 0, 0};
    g.column_spacing = g.row_spacing = 0.75;
    g.slice_spacing = 4;
    return g;
}

TEST(SagittalAxes, AreFoundByTheirDirections) {
    const auto axes = find_sagittal_axes(lumbar());
    ASSERT_TRUE(axes);
    EXPECT_EQ(axes->sagittal, 2);
    EXPECT_EQ(axes->vertical, 1);
    EXPECT_EQ(axes->horizontal, 0);
    EXPECT_TRUE(check_sagittal_slices(lumbar()));
}

TEST(SagittalAxes, AFieldOfViewThatNoLumbarSeriesHasIsRefused) {
    for (const double spacing : {0.15, 2.4}) {
        Geometry g = lumbar();
        g.row_spacing = g.column_spacing = spacing;
        const auto axes = find_sagittal_axes(g);
        ASSERT_FALSE(axes);
        EXPECT_EQ(axes.error().code, ErrorCode::geometry_out_of_range);
        EXPECT_NE(axes.error().detail.find("field of view"), std::string::npos);
    }
}

TEST(SagittalAxes, AVolumeMayBeStoredInOtherPlanesButASeriesMayNot) {
    Geometry g = lumbar();
    std::swap(g.row_direction, g.slice_direction);
    g.slices = 384;
    g.columns = 60;
    g.column_spacing = g.row_spacing = g.slice_spacing = 0.8;
    EXPECT_TRUE(find_sagittal_axes(g));
    const auto slices = check_sagittal_slices(g);
    ASSERT_FALSE(slices);
    EXPECT_EQ(slices.error().code, ErrorCode::not_sagittal);
}

}  // namespace sagittal_axes_test
}  // namespace spineseg
