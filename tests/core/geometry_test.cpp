// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/geometry.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/volume.h"

namespace spineseg {
namespace geometry_test {

Geometry oblique() {
    Geometry g;
    g.columns = 7;
    g.rows = 5;
    g.slices = 3;
    g.origin = {-30.5, 12.25, 140.0};
    g.row_direction = normalised({0.1, 1.0, -0.05});
    g.slice_direction = normalised(cross(g.row_direction, {0.02, 0.03, -1.0}));
    g.column_direction = cross(g.slice_direction, g.row_direction);
    g.column_spacing = 0.9;
    g.row_spacing = 0.7;
    g.slice_spacing = 4.4;
    return g;
}

TEST(Geometry, PositionFollowsTheStandardsEquation) {
    // PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1, by hand for a sagittal slice.
    Geometry g{.columns = 4, .rows = 4, .slices = 2, .origin = {10, 20, 30}};
    g.row_direction = {0, 1, 0};
    g.column_direction = {0, 0, -1};
    g.slice_direction = {-1, 0, 0};
    g.column_spacing = 0.5;
    g.row_spacing = 2.0;
    g.slice_spacing = 4.0;
    EXPECT_EQ(g.position(2, 3, 1), (Vec3{6, 21, 24}));
}

TEST(Geometry, VoxelInvertsPositionOnObliqueAndShearedGrids) {
    Geometry sheared = oblique();
    sheared.slice_direction = normalised(sheared.slice_direction + 0.2 * sheared.row_direction);
    Geometry left_handed = oblique();
    left_handed.slice_direction = -1.0 * left_handed.slice_direction;
    for (const Geometry& g : {oblique(), sheared, left_handed}) {
        const Vec3 back = g.voxel(g.position(2.5, -1.25, 7.0));
        EXPECT_NEAR(back[0], 2.5, 1e-9);
        EXPECT_NEAR(back[1], -1.25, 1e-9);
        EXPECT_NEAR(back[2], 7.0, 1e-9);
    }
}

TEST(Geometry, IndexRunsColumnFirst) {
    const Geometry g = oblique();
    EXPECT_EQ(g.voxel_count(), 105u);
    EXPECT_EQ(g.slice_voxel_count(), 35u);
    EXPECT_EQ(g.index(0, 0, 0), 0u);
    EXPECT_EQ(g.index(1, 0, 0), 1u);
    EXPECT_EQ(g.index(0, 1, 0), 7u);
    EXPECT_EQ(g.index(0, 0, 1), 35u);
    EXPECT_EQ(g.index(6, 4, 2), 104u);
}

TEST(Geometry, CountsDoNotOverflowThirtyTwoBits) {
    const Geometry g{.columns = 4096, .rows = 4096, .slices = 1024};
    EXPECT_EQ(g.voxel_count(), std::size_t{1} << 34);
}

TEST(SameGrid, ComparesEveryCornerWithTheTolerance) {
    const Geometry g = oblique();
    EXPECT_TRUE(same_grid(g, g));
    Geometry other = g;
    other.slices = 4;
    EXPECT_FALSE(same_grid(g, other));
    other = g;
    other.column_spacing += 1e-3;  // 6 mm·10⁻³ at the last column: only a far corner shows it
    EXPECT_FALSE(same_grid(g, other));
    EXPECT_TRUE(same_grid(g, other, 7e-3));
    other = g;
    other.origin[2] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(same_grid(g, other, 1e9));
}

TEST(Labels, AreSpidersNumbersInThePapersChannelOrder) {
    EXPECT_EQ(static_cast<int>(label_of(Structure::canal)), 100);
    EXPECT_EQ(static_cast<int>(label_of(Structure::vertebra)), 1);
    EXPECT_EQ(static_cast<int>(label_of(Structure::disc)), 201);
    EXPECT_STREQ(to_string(Structure::canal), "canal");
    EXPECT_STREQ(to_string(Structure::vertebra), "vertebra");
    EXPECT_STREQ(to_string(Structure::disc), "disc");
}

}  // namespace geometry_test
}  // namespace spineseg
