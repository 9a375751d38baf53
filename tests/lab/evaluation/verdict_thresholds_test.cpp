// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/verdict_thresholds.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace verdict_thresholds_test {

EvaluatedCase with(double dice, double score) {
    EvaluatedCase one;
    for (std::size_t s = 0; s < kStructures; ++s) {
        one.final[s].dice = dice;
        one.verdict.structure_score[s] = score;
    }
    one.verdict.score = score;
    return one;
}

TEST(VerdictThresholds, LieBetweenGoodAndBadWhereTheScoreParts) {
    EXPECT_DOUBLE_EQ(separating_threshold({0.2, 0.4}, {0.8, 0.9}, 0.05), 0.6);
}

TEST(VerdictThresholds, GoodCasesAreNotFlaggedBeyondTheirShare) {
    // The bad case lies above nine of ten good ones: catching it would flag them.
    std::vector<double> good{0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.9};
    EXPECT_EQ(separating_threshold({0.8}, good, 0.05), 0.0);
    EXPECT_DOUBLE_EQ(separating_threshold({0.15, 0.05}, good, 0.15), 0.175);
}

TEST(VerdictThresholds, WithoutBadCasesNothingIsFlagged) {
    EXPECT_EQ(separating_threshold({}, {0.5}, 0.05), 0.0);
    EXPECT_EQ(separating_threshold({0.5}, {}, 0.05), 0.0);
    EXPECT_EQ(separating_threshold({0.5, 0.5}, {0.5}, 0.05), 0.0);
}

TEST(VerdictThresholds, RejectLiesBelowReview) {
    const auto fitted = fit_thresholds({with(0.92, 0.9), with(0.91, 0.88), with(0.7, 0.6), with(0.65, 0.62),
                                        with(0.2, 0.3), with(0.1, 0.2)});
    ASSERT_TRUE(fitted.has_value());
    EXPECT_DOUBLE_EQ(fitted->review_below, 0.75);
    EXPECT_DOUBLE_EQ(fitted->reject_below, 0.45);
    EXPECT_DOUBLE_EQ(fitted->review_structure_below[2], 0.75);
    EXPECT_DOUBLE_EQ(fitted->reject_structure_below[2], 0.45);
    EXPECT_EQ(fit_thresholds({}).error().code, ErrorCode::invalid_argument);
}

}  // namespace verdict_thresholds_test
}  // namespace spineseg
