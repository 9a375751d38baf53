// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/error_ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace error_ranking_test {

struct Ranked {
    ErrorRanking exact;
    ErrorRanking coarse;
};

Ranked ranked() {
    const auto base = testing::uniform(4000, 3);
    const auto draw = testing::uniform(4000, 4);
    Ranked made;
    for (std::size_t i = 0; i < base.size(); ++i) {
        const double score = std::pow(base[i], 4);
        const bool wrong = draw[i] < 0.05 + 0.6 * score;
        made.exact.add(static_cast<float>(score), wrong);
        made.coarse.add(static_cast<float>(std::floor(score * 8) / 8), wrong);
    }
    return made;
}

TEST(ErrorRanking, AgreesWithScikitLearnWithAndWithoutTies) {
    const auto expected = testing::fixtures()["ranking"];
    const auto made = ranked();
    EXPECT_NEAR(made.exact.auroc().value(), expected["auroc"].get<double>(), 5e-4);
    EXPECT_NEAR(made.coarse.auroc().value(), expected["auroc_with_ties"].get<double>(), 1e-9);
}

TEST(ErrorRanking, PerfectReversedAndUselessScoresAreOneZeroAndAHalf) {
    ErrorRanking perfect, reversed, useless;
    for (int i = 0; i < 10; ++i) {
        perfect.add(i < 5 ? 0.1F : 0.9F, i >= 5);
        reversed.add(i < 5 ? 0.9F : 0.1F, i >= 5);
        useless.add(0.5F, i >= 5);
    }
    EXPECT_EQ(perfect.auroc(), 1.0);
    EXPECT_EQ(reversed.auroc(), 0.0);
    EXPECT_EQ(useless.auroc(), 0.5);
}

TEST(ErrorRanking, WithoutErrorsThereIsNothingToFind) {
    ErrorRanking ranking;
    EXPECT_FALSE(ranking.auroc().has_value());
    ranking.add(0.3F, false);
    EXPECT_FALSE(ranking.auroc().has_value());
    EXPECT_TRUE(ranking.roc().empty());
}

TEST(ErrorRanking, TheCurveRisesFromZeroToOneAndItsAreaIsTheAuroc) {
    const auto made = ranked();
    const auto curve = made.exact.roc(200);
    EXPECT_LE(curve.size(), 203U);
    EXPECT_EQ(curve.front().true_positive_rate, 0.0);
    EXPECT_EQ(curve.back().false_positive_rate, 1.0);
    double area = 0.0;
    for (std::size_t i = 1; i < curve.size(); ++i) {
        EXPECT_GE(curve[i].true_positive_rate, curve[i - 1].true_positive_rate);
        area += 0.5 * (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) *
                (curve[i].false_positive_rate - curve[i - 1].false_positive_rate);
    }
    EXPECT_NEAR(area, made.exact.auroc().value(), 1e-3);
}

TEST(ErrorRanking, CasesAddUpNegativeIsZeroAndNanIsRefused) {
    ErrorRanking first, second;
    first.add(0.2F, false);
    second.add(-1.0F, true);
    first.add(second);
    EXPECT_EQ(first.auroc(), 0.0);
    EXPECT_THROW(first.add(std::numeric_limits<float>::quiet_NaN(), true), std::invalid_argument);
}

}  // namespace error_ranking_test
}  // namespace spineseg
