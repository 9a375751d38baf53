// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/frame_budget.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace frame_budget_test {

using std::chrono::milliseconds;
using Frame = FrameBudget::Frame;

const FrameBudget::Time kStart{std::chrono::hours(1)};

TEST(FrameBudget, BeyondItOnlyTheFrameThatBeganFirstGrows) {
    FrameBudget budget(1000);
    Frame first, second;
    budget.add(first, 600, kStart);
    budget.add(second, 400, kStart);
    EXPECT_TRUE(budget.admits(first, 1));
    EXPECT_FALSE(budget.admits(second, 1));
}

TEST(FrameBudget, TheFirstBytesOfAFrameAreAlwaysRead) {
    FrameBudget budget(1000);
    Frame first, second;
    budget.add(first, 1000, kStart);
    EXPECT_TRUE(budget.admits(second, 500));
}

TEST(FrameBudget, WhatAFrameHeldIsFreeAtItsEnd) {
    FrameBudget budget(1000);
    Frame first, second;
    budget.add(first, 900, kStart);
    budget.add(second, 100, kStart);
    budget.end(first);
    EXPECT_TRUE(budget.admits(second, 900));
    EXPECT_FALSE(first.bytes > 0);
}

/// Two frames that waited for a third one changed places: time that a frame waits moved its beginning, and the beginnings
/// were compared. Then the younger one, of which nothing more came, kept the older one from being read.
TEST(FrameBudget, FramesKeepTheirOrderHoweverLongTheyWait) {
    FrameBudget budget(1000);
    Frame first, second, third;
    budget.add(first, 800, kStart);
    budget.add(second, 200, kStart + milliseconds(1));
    budget.add(third, 200, kStart + milliseconds(2));
    FrameBudget::wait(second, milliseconds(100));
    FrameBudget::wait(third, milliseconds(50));
    ASSERT_GT(second.begun, third.begun);
    budget.end(first);
    EXPECT_TRUE(budget.admits(second, 700));
    EXPECT_FALSE(budget.admits(third, 700));
}

TEST(FrameBudget, TheTimeThatAFrameWaitsForOthersIsNotItsOwn) {
    FrameBudget budget(1000);
    Frame frame;
    budget.add(frame, 10, kStart);
    FrameBudget::wait(frame, milliseconds(300));
    budget.add(frame, 10, kStart + milliseconds(400));
    EXPECT_EQ(kStart + milliseconds(400) - frame.begun, milliseconds(100));
}

}  // namespace frame_budget_test
}  // namespace spineseg
