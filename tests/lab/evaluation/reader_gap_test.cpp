// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/reader_gap.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace spineseg {
namespace reader_gap_test {

TEST(ReaderGap, IsTakenHalfFromTheBoneAndHalfFromTheDisc) {
    LabelMap map{{.columns = 3, .rows = 20, .slices = 2, .column_spacing = 0.5, .row_spacing = 0.5},
                 std::vector<std::uint8_t>(120)};
    for (int slice = 0; slice < 2; ++slice)
        for (int row = 0; row < 20; ++row)
            for (int column = 0; column < 3; ++column)
                map.at(column, row, slice) = static_cast<std::uint8_t>(row < 10     ? Label::vertebra
                                                                       : slice == 0 ? Label::disc
                                                                                    : Label::canal);
    const LabelMap drawn = with_reader_gap(map, 2);
    for (int row = 0; row < 20; ++row) {
        EXPECT_EQ(drawn.at(1, row, 0) == 0, row >= 8 && row < 12) << row;
        EXPECT_EQ(drawn.at(1, row, 1), map.at(1, row, 1)) << "no disc in this slice";
    }
}

}  // namespace reader_gap_test
}  // namespace spineseg
