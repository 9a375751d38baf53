// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/slice_range.h"

#include <gtest/gtest.h>

#include "tests/worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace slice_range_test {

TEST(SliceRange, TheMiddleLiesInTheMiddle) {
    EXPECT_EQ(middle_slices(15, 5).first, 5);
    EXPECT_EQ(middle_slices(15, 5).count, 5);
    EXPECT_EQ(middle_slices(4, 9).count, 4);
    EXPECT_EQ(middle_slices(4, 0).count, 4);
}

TEST(SliceRange, EveryNthStaysInsideWhateverTheNumbers) {
    for (int slices = 1; slices < 40; ++slices) {
        for (int step = 1; step < 45; ++step) {
            const SliceRange range = every_nth_slice(slices, step);
            ASSERT_GE(range.count, 1) << slices << ' ' << step;
            ASSERT_LT(range.first + (range.count - 1) * range.step, slices) << slices << ' ' << step;
        }
    }
    EXPECT_EQ(every_nth_slice(16, 8).count, 2);
    EXPECT_EQ(every_nth_slice(7, 1).count, 7);
}

TEST(SliceRange, VoxelsStayAtTheirPlaces) {
    const Volume stack = testing::numbered(testing::upright_geometry());
    const Volume taken = take_slices(stack, {1, 2, 2});
    ASSERT_EQ(taken.voxels.size(), taken.geometry.voxel_count());
    for (const int slice : {0, 1}) {
        EXPECT_EQ(taken.at(7, 9, slice), stack.at(7, 9, 1 + 2 * slice));
        const Vec3 here = taken.geometry.position(7, 9, slice);
        const Vec3 there = stack.geometry.position(7, 9, 1 + 2 * slice);
        for (std::size_t a = 0; a < 3; ++a) EXPECT_NEAR(here[a], there[a], 1e-9);
    }
}

}  // namespace slice_range_test
}  // namespace spineseg
