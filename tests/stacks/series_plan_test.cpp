// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/series_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/stacks/sample_header.h"

namespace spineseg {
namespace series_plan_test {

std::vector<FrameReading> stack(int count, const std::string& name, const std::string& image_type) {
    std::vector<FrameReading> readings;
    for (int i = 0; i < count; ++i)
        readings.push_back({sagittal_header(i, name + std::to_string(100 + i), image_type), std::nullopt});
    return readings;
}

std::vector<FrameReading> operator+(std::vector<FrameReading> a, const std::vector<FrameReading>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST(SeriesPlan, SaysWhichStackWouldBeReadAndDescribesTheOthers) {
    auto readings =
        stack(9, "fat", "DERIVED\\PRIMARY\\M\\FAT") + stack(9, "water", "DERIVED\\PRIMARY\\M\\WATER");
    std::mt19937 random(4);
    std::shuffle(readings.begin(), readings.end(), random);
    const auto plan = plan_series(readings);
    ASSERT_FALSE(plan.fault) << plan.fault->describe();
    ASSERT_EQ(plan.stacks.size(), 2u);
    EXPECT_FALSE(plan.stacks[0].chosen);
    EXPECT_NE(plan.stacks[0].description.find("no anatomy: Image Type says \"FAT\""), std::string::npos);
    EXPECT_TRUE(plan.stacks[1].chosen);
    ASSERT_TRUE(plan.chosen);
    EXPECT_EQ(plan.headers[plan.chosen->order.front()].name.substr(0, 5), "water");
}

TEST(SeriesPlan, WhereNoneIsChosenTheFaultSaysWhy) {
    const auto plan = plan_series(stack(4, "few", "ORIGINAL\\PRIMARY\\M"));
    ASSERT_TRUE(plan.fault);
    EXPECT_EQ(plan.fault->code, ErrorCode::too_few_slices);
    EXPECT_FALSE(plan.chosen);
    ASSERT_EQ(plan.stacks.size(), 1u);
    EXPECT_TRUE(plan.stacks[0].fault);
}

/// Half of a stack under another frame of reference: neither half is the series.
TEST(SeriesPlan, OneStackUnderTwoFramesOfReferenceIsRefused) {
    for (const int moved : {1, 3, 6}) {
        auto readings = stack(12, "t2", "ORIGINAL\\PRIMARY\\M");
        for (int i = 0; i < moved; ++i)
            readings[static_cast<std::size_t>(i)].header.frame_of_reference_uid = "1.2.4";
        const auto plan = plan_series(readings);
        ASSERT_TRUE(plan.fault) << moved;
        EXPECT_EQ(plan.fault->code, ErrorCode::inconsistent_series) << moved;
    }
    auto lacking = stack(12, "t2", "ORIGINAL\\PRIMARY\\M");
    lacking[4].header.frame_of_reference_uid.clear();
    EXPECT_EQ(plan_series(lacking).fault->code, ErrorCode::missing_attribute);
    for (auto& reading : lacking) reading.header.frame_of_reference_uid.clear();
    EXPECT_EQ(plan_series(lacking).fault->code, ErrorCode::missing_attribute);
}

/// A projection without Image Position refused the slices beside it.
TEST(SeriesPlan, WhatShowsNoAnatomyNeedsNoPlace) {
    auto readings = stack(9, "t2", "ORIGINAL\\PRIMARY\\M") + stack(1, "mip", "DERIVED\\SECONDARY\\MIP");
    const Error fault{ErrorCode::missing_attribute, "mip100 lacks a readable position"};
    readings.back().fault = fault;
    const auto plan = plan_series(readings);
    EXPECT_TRUE(plan.chosen);
    ASSERT_EQ(plan.left_aside.size(), 1u);
    EXPECT_EQ(plan.left_aside[0], "mip100 lacks a readable position (no anatomy: Image Type says \"MIP\")");
    readings.front().fault = fault;
    EXPECT_EQ(plan_series(readings).fault, fault);
}

/// A slice of another pixel spacing at the end of a stack was left out without a word.
TEST(SeriesPlan, AnOddSliceAtTheEndIsNamedWithItsAttribute) {
    auto readings = stack(12, "t2", "ORIGINAL\\PRIMARY\\M");
    readings.back().header.row_spacing = readings.back().header.column_spacing = 0.8;
    const auto plan = plan_series(readings);
    ASSERT_TRUE(plan.chosen);
    EXPECT_EQ(plan.chosen->order.size(), 11u);
    ASSERT_EQ(plan.left_aside.size(), 1u);
    EXPECT_EQ(plan.left_aside[0], "1 image not in the stack: t2111 and t2100 differ in pixel spacing");
}

}  // namespace series_plan_test
}  // namespace spineseg
