// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/reach/emptied_slices.h"

#include <gtest/gtest.h>

#include <utility>

namespace spineseg {
namespace emptied_slices_test {

/// Seven sagittal slices; those that are named hold a labelled voxel.
LabelMap stack(std::initializer_list<int> labelled) {
    Geometry g;
    g.columns = g.rows = 80;
    g.slices = 7;
    g.row_direction = {0, 1, 0};
    g.column_direction = {0, 0, -1};
    g.slice_direction = {1, 0, 0};
    g.column_spacing = g.row_spacing = 1;
    g.slice_spacing = 4;
    LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
    for (const int slice : labelled) labels.at(40, 40, slice) = 1;
    return labels;
}

TEST(EmptiedSlices, LieBetweenSlicesThatAreLabelled) {
    // One black slice in the middle was lost, and the verdict was "pass".
    EXPECT_EQ(reach::emptied_slices(stack({1, 2, 4, 5})), std::vector<int>{3});
    EXPECT_EQ(reach::emptied_slices(stack({0, 3, 6})), (std::vector<int>{1, 2, 4, 5}));
}

TEST(EmptiedSlices, AreNotThoseAtTheSidesOrOfAStackWithoutLabels) {
    EXPECT_TRUE(reach::emptied_slices(stack({2, 3, 4})).empty());
    EXPECT_TRUE(reach::emptied_slices(stack({3})).empty());
    EXPECT_TRUE(reach::emptied_slices(stack({})).empty());
}

TEST(EmptiedSlices, FollowTheAxisThatRunsLeftToRight) {
    LabelMap labels = stack({});
    std::swap(labels.geometry.columns, labels.geometry.slices);
    std::swap(labels.geometry.column_spacing, labels.geometry.slice_spacing);
    std::swap(labels.geometry.row_direction, labels.geometry.slice_direction);
    for (const int slice : {1, 2, 5}) labels.at(slice, 40, 40) = 1;
    EXPECT_EQ(reach::emptied_slices(labels), (std::vector<int>{3, 4}));
}

}  // namespace emptied_slices_test
}  // namespace spineseg
