// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/probability_score.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace probability_score_test {

TEST(ProbabilityScore, AgreesWithScikitLearn) {
    const auto expected = testing::fixtures()["probabilities"];
    const auto p = testing::uniform(5000, 1);
    const auto draw = testing::uniform(5000, 2);
    ProbabilityScore score;
    for (std::size_t i = 0; i < p.size(); ++i) score.add(p[i], draw[i] < std::pow(p[i], 1.5));
    EXPECT_NEAR(score.expected_calibration_error().value(), expected["ece"].get<double>(), 1e-9);
    EXPECT_NEAR(score.brier().value(), expected["brier"].get<double>(), 1e-9);
    EXPECT_NEAR(score.negative_log_likelihood().value(), expected["nll"].get<double>(), 1e-9);
}

TEST(ProbabilityScore, MatchesWhatOneCountsByHand) {
    ProbabilityScore score;
    score.add(0.9, true);   // bin 13
    score.add(0.9, false);  // bin 13: mean 0.9, frequency 0.5
    score.add(0.1, false);  // bin 1: mean 0.1, frequency 0
    score.add(1.0, true);   // the last bin, not one behind it
    EXPECT_NEAR(score.expected_calibration_error().value(), (2 * 0.4 + 0.1 + 0.0) / 4, 1e-12);
    EXPECT_NEAR(score.brier().value(), (0.01 + 0.81 + 0.01) / 4, 1e-12);
    EXPECT_EQ(score.bins()[14].count, 1U);
}

TEST(ProbabilityScore, CasesAddUpAndNothingHasNoScore) {
    ProbabilityScore first, second, both;
    EXPECT_FALSE(both.brier().has_value());
    EXPECT_FALSE(both.expected_calibration_error().has_value());
    EXPECT_FALSE(both.negative_log_likelihood().has_value());
    const auto p = testing::uniform(200, 7);
    for (std::size_t i = 0; i < p.size(); ++i) {
        (i % 3 == 0 ? first : second).add(p[i], i % 2 == 0);
        both.add(p[i], i % 2 == 0);
    }
    first.add(second);
    EXPECT_EQ(first.count(), 200U);
    EXPECT_NEAR(first.expected_calibration_error().value(), both.expected_calibration_error().value(), 1e-12);
    EXPECT_NEAR(first.negative_log_likelihood().value(), both.negative_log_likelihood().value(), 1e-12);
}

TEST(ProbabilityScore, ACertainMistakeIsExpensiveButFinite) {
    ProbabilityScore score;
    score.add(1.0 + 1e-6, false);
    EXPECT_NEAR(score.negative_log_likelihood().value(), -std::log(1e-7), 1e-6);
}

}  // namespace probability_score_test
}  // namespace spineseg
