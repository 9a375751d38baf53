// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/label_overlap.h"

#include <gtest/gtest.h>

#include "tests/worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace label_overlap_test {

LabelMap row_of(const std::vector<std::uint8_t>& values) {
    Geometry g;
    g.columns = static_cast<int>(values.size());
    g.rows = g.slices = 1;
    return {g, values};
}

TEST(LabelOverlap, DiceIsTwiceTheIntersectionOverTheSum) {
    const auto compared = overlap(row_of({1, 1, 1, 0, 201}), row_of({0, 1, 1, 1, 201}));
    ASSERT_TRUE(compared.has_value());
    EXPECT_DOUBLE_EQ(*compared->dice[static_cast<std::size_t>(Structure::vertebra)], 4.0 / 6.0);
    EXPECT_DOUBLE_EQ(*compared->dice[static_cast<std::size_t>(Structure::disc)], 1.0);
}

TEST(LabelOverlap, AStructureThatNeitherHasDoesNotCountOneThatIsMissedCountsAsZero) {
    const auto compared = overlap(row_of({1, 0, 0}), row_of({1, 201, 0}));
    ASSERT_TRUE(compared.has_value());
    EXPECT_FALSE(compared->dice[static_cast<std::size_t>(Structure::canal)].has_value());
    EXPECT_DOUBLE_EQ(*compared->dice[static_cast<std::size_t>(Structure::disc)], 0.0);
    EXPECT_DOUBLE_EQ(*compared->mean(), 0.5);
}

TEST(LabelOverlap, DifferentGridsAreRefused) {
    EXPECT_EQ(overlap(row_of({1, 0}), row_of({1, 0, 0})).error().code, ErrorCode::invalid_argument);
}

}  // namespace label_overlap_test
}  // namespace spineseg
