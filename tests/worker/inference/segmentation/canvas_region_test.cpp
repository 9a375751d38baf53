// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/canvas_region.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg {
namespace canvas_region_test {

torch::Tensor marked(std::int64_t rows, std::int64_t columns,
                     const std::vector<std::pair<std::int64_t, std::int64_t>>& places) {
    auto canvas = torch::zeros({rows, columns}, torch::kBool);
    for (const auto& [row, column] : places) canvas[row][column] = true;
    return canvas;
}

void expect_region(const std::optional<CanvasRegion>& region, const CanvasRegion& expected) {
    ASSERT_TRUE(region);
    EXPECT_EQ(region->first_row, expected.first_row);
    EXPECT_EQ(region->first_column, expected.first_column);
    EXPECT_EQ(region->rows, expected.rows);
    EXPECT_EQ(region->columns, expected.columns);
}

TEST(CanvasRegion, HoldsWhatIsMarkedWithItsMarginInTheMiddle) {
    // Rows 20 to 43 with the margin, 24 in all; columns 50 to 60, 11 in all.
    expect_region(region_around(marked(96, 96, {{24, 54}, {39, 56}}), 4, 16), {16, 48, 32, 16});
}

TEST(CanvasRegion, GrowsInwardsAtTheBorderOfTheCanvas) {
    expect_region(region_around(marked(96, 64, {{0, 63}, {10, 50}}), 8, 16), {0, 32, 32, 32});
}

TEST(CanvasRegion, IsTheWholeCanvasWhereTheMarginReachesIt) {
    expect_region(region_around(marked(48, 64, {{20, 30}}), 1000, 16), {0, 0, 48, 64});
}

TEST(CanvasRegion, ThereIsNoneAroundNothing) {
    EXPECT_FALSE(region_around(marked(32, 32, {}), 8, 16));
}

TEST(CanvasRegion, WhatIsWrittenWithinItIsWrittenOnTheCanvas) {
    auto canvas = torch::zeros({2, 48, 64});
    const CanvasRegion region{16, 32, 16, 16};
    within(region, canvas).fill_(1.0);
    EXPECT_EQ(canvas.sum().item<float>(), 2 * 16 * 16);
    EXPECT_EQ(canvas[1][16][32].item<float>(), 1.0F);
    EXPECT_EQ(canvas[1][31][47].item<float>(), 1.0F);
}

}  // namespace canvas_region_test
}  // namespace spineseg
