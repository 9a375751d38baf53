// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/series_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/stacks/sample_header.h"

namespace spineseg {
namespace series_plan_test {

std::vector<FrameHeader> stack(int count, const std::string& name, const std::string& image_type) {
    std::vector<FrameHeader> headers;
    for (int i = 0; i < count; ++i)
        headers.push_back(sagittal_header(i, name + std::to_string(100 + i), image_type));
    return headers;
}

std::vector<FrameHeader> operator+(std::vector<FrameHeader> a, const std::vector<FrameHeader>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST(SeriesPlan, SaysWhichStackWouldBeReadAndDescribesTheOthers) {
    auto headers =
        stack(9, "fat", "DERIVED\\PRIMARY\\M\\FAT") + stack(9, "water", "DERIVED\\PRIMARY\\M\\WATER");
    std::mt19937 random(4);
    std::shuffle(headers.begin(), headers.end(), random);
    sort_frames(headers);
    const auto plan = plan_series(headers);
    ASSERT_FALSE(plan.fault) << plan.fault->describe();
    ASSERT_EQ(plan.stacks.size(), 2u);
    EXPECT_FALSE(plan.stacks[0].chosen);
    EXPECT_NE(plan.stacks[0].description.find("no anatomy: Image Type says \"FAT\""), std::string::npos);
    EXPECT_TRUE(plan.stacks[1].chosen);
    ASSERT_TRUE(plan.chosen);
    EXPECT_EQ(headers[plan.chosen->order.front()].name.substr(0, 5), "water");
}

TEST(SeriesPlan, WhereNoneIsChosenTheFaultSaysWhy) {
    auto headers = stack(4, "few", "ORIGINAL\\PRIMARY\\M");
    const auto plan = plan_series(headers);
    ASSERT_TRUE(plan.fault);
    EXPECT_EQ(plan.fault->code, ErrorCode::too_few_slices);
    EXPECT_FALSE(plan.chosen);
    ASSERT_EQ(plan.stacks.size(), 1u);
    EXPECT_TRUE(plan.stacks[0].fault);
}

}  // namespace series_plan_test
}  // namespace spineseg
