// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/grid_region.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg {
namespace grid_region_test {

torch::Tensor marked(std::int64_t rows, std::int64_t columns,
                     const std::vector<std::pair<std::int64_t, std::int64_t>>& places) {
    auto grid = torch::zeros({rows, columns}, torch::kBool);
    for (const auto& [row, column] : places) grid[row][column] = true;
    return grid;
}

void expect_region(const std::optional<GridRegion>& region, const GridRegion& expected) {
    ASSERT_TRUE(region);
    EXPECT_EQ(region->first_row, expected.first_row);
    EXPECT_EQ(region->first_column, expected.first_column);
    EXPECT_EQ(region->rows, expected.rows);
    EXPECT_EQ(region->columns, expected.columns);
}

TEST(GridRegion, HoldsWhatIsMarkedWithItsMarginInTheMiddle) {
    // Rows 20 to 43 with the margin, 24 in all; columns 50 to 60, 11 in all.
    expect_region(region_around(marked(96, 96, {{24, 54}, {39, 56}}), 4, 16), {16, 48, 32, 16});
}

TEST(GridRegion, GrowsInwardsAtTheBorderOfTheGrid) {
    expect_region(region_around(marked(96, 64, {{0, 63}, {10, 50}}), 8, 16), {0, 32, 32, 32});
}

TEST(GridRegion, IsTheWholeGridWhereTheMarginReachesIt) {
    expect_region(region_around(marked(48, 64, {{20, 30}}), 1000, 16), {0, 0, 48, 64});
}

TEST(GridRegion, ThereIsNoneAroundNothing) {
    EXPECT_FALSE(region_around(marked(32, 32, {}), 8, 16));
}

TEST(GridRegion, WhatIsWrittenWithinItIsWrittenOnTheGrid) {
    auto grid = torch::zeros({2, 48, 64});
    const GridRegion region{16, 32, 16, 16};
    within(region, grid).fill_(1.0);
    EXPECT_EQ(grid.sum().item<float>(), 2 * 16 * 16);
    EXPECT_EQ(grid[1][16][32].item<float>(), 1.0F);
    EXPECT_EQ(grid[1][31][47].item<float>(), 1.0F);
}

}  // namespace grid_region_test
}  // namespace spineseg
