// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/body_overlap.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace body_overlap_test {

/// Voxels of 1 ml, in one slice.
LabelMap grid() {
    return {{.columns = 10,
             .rows = 10,
             .slices = 1,
             .column_spacing = 10,
             .row_spacing = 10,
             .slice_spacing = 10},
            std::vector<std::uint8_t>(100)};
}

void fill(LabelMap& map, int first_row, int rows, std::uint8_t label, int columns = 10) {
    for (int row = first_row; row < first_row + rows; ++row)
        for (int column = 0; column < columns; ++column) map.at(column, row, 0) = label;
}

TEST(BodyOverlap, EachDrawnBodyIsComparedWithTheFoundOneThatCoversMostOfIt) {
    LabelMap drawn = grid(), found = grid();
    fill(drawn, 0, 2, 1);
    fill(drawn, 4, 2, 1);
    fill(found, 0, 2, kFirstBodyLabel + 1);
    fill(found, 4, 1, kFirstBodyLabel);
    fill(found, 8, 1, kFirstBodyLabel + 5);  // not drawn: unknown
    fill(found, 5, 1, kFirstArchLabel);      // no body
    const auto overlap = overlap_of_bodies(drawn, found);
    ASSERT_TRUE(overlap);
    ASSERT_EQ(overlap->dice.size(), 2u);
    EXPECT_DOUBLE_EQ(std::max(overlap->dice[0], overlap->dice[1]), 1.0);
    EXPECT_DOUBLE_EQ(std::min(overlap->dice[0], overlap->dice[1]), 2.0 * 10 / (20 + 10));
    EXPECT_DOUBLE_EQ(overlap->pooled, 2.0 * 30 / (40 + 30));
}

TEST(BodyOverlap, ABodyThatIsNotFoundCountsAsNothing) {
    LabelMap drawn = grid();
    fill(drawn, 3, 2, 1);
    const auto overlap = overlap_of_bodies(drawn, grid());
    ASSERT_TRUE(overlap);
    EXPECT_EQ(overlap->dice, std::vector<double>{0});
    EXPECT_EQ(overlap->pooled, 0);
}

TEST(BodyOverlap, RefusesOtherGrids) {
    LabelMap other = grid();
    other.geometry.rows = 5;
    EXPECT_EQ(overlap_of_bodies(grid(), other).error().code, ErrorCode::invalid_argument);
}

}  // namespace body_overlap_test
}  // namespace spineseg
