// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/risk_coverage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace risk_coverage_test {

std::vector<RatedCase> fifty_cases() {
    const auto loss = testing::uniform(50, 5);
    const auto noise = testing::uniform(50, 6);
    std::vector<RatedCase> cases;
    for (std::size_t i = 0; i < loss.size(); ++i)
        cases.push_back({1.0 - 0.5 * loss[i] - 0.5 * noise[i], loss[i]});
    return cases;
}

TEST(RiskCoverage, AgreesWithNumpyAndScipy) {
    const auto expected = testing::fixtures()["risk"];
    const auto cases = fifty_cases();
    EXPECT_NEAR(area_under_risk_coverage(cases).value(), expected["aurc"].get<double>(), 1e-9);
    EXPECT_NEAR(least_area_under_risk_coverage(cases).value(), expected["least_aurc"].get<double>(), 1e-9);
    std::vector<double> confidence, loss, coarse;
    for (const auto& one : cases) {
        confidence.push_back(one.confidence);
        loss.push_back(one.loss);
        coarse.push_back(std::floor(one.confidence * 6));
    }
    EXPECT_NEAR(rank_correlation(confidence, loss).value(), expected["spearman"].get<double>(), 1e-9);
    EXPECT_NEAR(rank_correlation(coarse, loss).value(), expected["spearman_with_ties"].get<double>(), 1e-9);
}

TEST(RiskCoverage, MatchesWhatOneCountsByHand) {
    const auto curve = risk_coverage({{0.9, 0.0}, {0.5, 0.4}, {0.7, 0.2}});
    ASSERT_EQ(curve.size(), 3U);
    EXPECT_DOUBLE_EQ(curve[0].coverage, 1.0 / 3);
    EXPECT_DOUBLE_EQ(curve[0].risk, 0.0);
    EXPECT_DOUBLE_EQ(curve[1].risk, 0.1);
    EXPECT_DOUBLE_EQ(curve[2].risk, 0.2);
}

TEST(RiskCoverage, CasesOfOneConfidenceEnterTogetherWhateverTheirOrder) {
    const std::vector<RatedCase> forward{{0.5, 0.0}, {0.5, 1.0}, {0.9, 0.0}};
    const std::vector<RatedCase> backward{{0.9, 0.0}, {0.5, 1.0}, {0.5, 0.0}};
    EXPECT_EQ(area_under_risk_coverage(forward), area_under_risk_coverage(backward));
    EXPECT_DOUBLE_EQ(area_under_risk_coverage(forward).value(), (0.0 + 0.25 + 1.0 / 3) / 3);
}

TEST(RiskCoverage, NothingHasNoAreaAndAConstantNoRank) {
    EXPECT_FALSE(area_under_risk_coverage({}).has_value());
    EXPECT_FALSE(rank_correlation({1, 1, 1}, {1, 2, 3}).has_value());
    EXPECT_FALSE(rank_correlation({1}, {1}).has_value());
    EXPECT_THROW(rank_correlation({1, 2}, {1}), std::invalid_argument);
    EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {30, 20, 10}).value(), -1.0);
}

}  // namespace risk_coverage_test
}  // namespace spineseg
