// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/surface_distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace surface_distance_test {

Geometry line_grid() {
    Geometry g;
    g.columns = 12;
    g.column_spacing = 2.0;
    g.rows = g.slices = 1;
    return g;
}

Mask voxels(const Geometry& g, std::initializer_list<std::size_t> inside) {
    Mask mask(g.voxel_count());
    for (const auto i : inside) mask[i] = 1;
    return mask;
}

TEST(SurfaceDistance, MatchesWhatOneCountsByHand) {
    const Geometry g = line_grid();
    // Every voxel of a line is surface. From {1} to {1, 4}: 0 mm. Back: 0 and 3 voxels of 2 mm.
    const auto found = surface_distance(voxels(g, {1}), voxels(g, {1, 4}), g);
    ASSERT_TRUE(found.has_value());
    EXPECT_DOUBLE_EQ(found->assd_mm, 2.0);
    // Of 0, 0, 6 the 95th percentile lies at rank 1.9.
    EXPECT_NEAR(found->hd95_mm, 0.9 * 6.0, 1e-6);
}

TEST(SurfaceDistance, AgreesWithMedPyOnBodiesWithASplinterAtTheEdge) {
    const auto expected = testing::fixtures()["surfaces"];
    const auto found =
        surface_distance(testing::first_body(), testing::second_body(), testing::surface_grid());
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(found->hd95_mm, expected["hd95_mm"].get<double>(), 1e-4);
    EXPECT_NEAR(found->assd_mm, expected["assd_mm"].get<double>(), 1e-5);
    const auto swapped =
        surface_distance(testing::second_body(), testing::first_body(), testing::surface_grid());
    EXPECT_DOUBLE_EQ(swapped->hd95_mm, found->hd95_mm);
    EXPECT_DOUBLE_EQ(swapped->assd_mm, found->assd_mm);
}

/// Of 24 voxels a side, 0.5 mm each.
Geometry cube_grid() {
    Geometry g;
    g.columns = g.rows = g.slices = 24;
    g.column_spacing = g.row_spacing = g.slice_spacing = 0.5;
    return g;
}

/// From `first` to before `behind` along every axis, moved by `shift` columns.
Mask cube(int first, int behind, int shift = 0) {
    const Geometry g = cube_grid();
    Mask mask(g.voxel_count());
    for (int k = first; k < behind; ++k)
        for (int r = first; r < behind; ++r)
            for (int c = first; c < behind; ++c) mask[g.index(c + shift, r, k)] = 1;
    return mask;
}

TEST(SurfaceDistance, ABoxGrownByOneVoxelLiesOneVoxelOutsideAndOneShrunkInside) {
    // 8 voxels a side, grown to 10: 384 voxels of its faces are 1 voxel away, 96 of its edges √2, 8 corners √3;
    // the 296 surface voxels of the smaller one are 1 voxel away from the larger.
    const double expected = 0.5 * (384 + 96 * std::sqrt(2.0) + 8 * std::sqrt(3.0) + 296) / (488 + 296);
    const auto grown = surface_distance(cube(7, 17), cube(8, 16), cube_grid());
    const auto shrunk = surface_distance(cube(8, 16), cube(7, 17), cube_grid());
    EXPECT_NEAR(grown->signed_mm, expected, 1e-6);
    EXPECT_NEAR(grown->assd_mm, expected, 1e-6);
    EXPECT_EQ(shrunk->signed_mm, -grown->signed_mm);
    EXPECT_EQ(shrunk->assd_mm, grown->assd_mm);
}

TEST(SurfaceDistance, AMovedBoxIsNeitherOutsideNorInside) {
    const auto moved = surface_distance(cube(8, 16, 2), cube(8, 16), cube_grid());
    EXPECT_NEAR(moved->signed_mm, 0.0, 1e-9);
    EXPECT_GT(moved->assd_mm, 0.2);
}

TEST(SurfaceDistance, OfTwoSpheresIsTheDifferenceOfTheirRadiiWithinAFifthOfAVoxel) {
    Geometry g;
    g.columns = g.rows = g.slices = 60;
    g.column_spacing = g.row_spacing = g.slice_spacing = 0.5;
    Mask small(g.voxel_count()), large(g.voxel_count());
    testing::add_ellipsoid(small, g, {29.5, 29.5, 29.5}, {20, 20, 20});
    testing::add_ellipsoid(large, g, {29.5, 29.5, 29.5}, {24, 24, 24});
    EXPECT_NEAR(surface_distance(large, small, g)->signed_mm, 2.0, 0.1);
    EXPECT_NEAR(surface_distance(small, large, g)->signed_mm, -2.0, 0.1);
}

TEST(SurfaceDistance, HasTheSignThatScipysDistancesGive) {
    const auto found =
        surface_distance(testing::first_body(), testing::second_body(), testing::surface_grid());
    EXPECT_NEAR(found->signed_mm, testing::fixtures()["surfaces"]["signed_mm"].get<double>(), 1e-5);
}

TEST(SurfaceDistance, EqualMasksAreAtZeroAndAnEmptyOneHasNoDistance) {
    const Geometry g = testing::surface_grid();
    const auto same = surface_distance(testing::first_body(), testing::first_body(), g);
    ASSERT_TRUE(same.has_value());
    EXPECT_EQ(same->hd95_mm, 0.0);
    EXPECT_EQ(same->assd_mm, 0.0);
    EXPECT_EQ(same->signed_mm, 0.0);
    EXPECT_FALSE(surface_distance(Mask(g.voxel_count()), testing::first_body(), g).has_value());
    EXPECT_FALSE(surface_distance(testing::first_body(), Mask(g.voxel_count()), g).has_value());
}

TEST(SurfaceDistance, TheInsideIsNoSurfaceAndTheVolumesEdgeIs) {
    Geometry g;
    g.columns = g.rows = g.slices = 3;
    const Mask full(27, 1);
    EXPECT_EQ(std::accumulate(full.begin(), full.end(), 0), 27);
    const Mask surface = surface_of(full, g);
    EXPECT_EQ(std::accumulate(surface.begin(), surface.end(), 0), 26);
    EXPECT_EQ(surface[13], 0);
}

}  // namespace surface_distance_test
}  // namespace spineseg
