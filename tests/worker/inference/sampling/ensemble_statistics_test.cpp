// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/ensemble_statistics.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace spineseg {
namespace ensemble_statistics_test {

torch::Tensor pixel(std::vector<float> values) {
    const auto channels = static_cast<std::int64_t>(values.size());
    return torch::tensor(values).reshape({channels, 1, 1});
}

const auto kBackgroundOnly = pixel({1, 0, 0, 0});

TEST(ExclusiveDistribution, KeepsCompatibleProbabilitiesAndGivesTheRestToBackground) {
    const auto q = exclusive_distribution(pixel({0.1f, 0.5f, 0.2f}));
    EXPECT_TRUE(torch::allclose(q, pixel({0.2f, 0.1f, 0.5f, 0.2f})));
}

TEST(ExclusiveDistribution, ASharedBorderHasNoBackgroundInIt) {
    // Vertebra or disc, evenly: conditioning three independent events on exclusion would invent a third of
    // background.
    EXPECT_TRUE(torch::allclose(exclusive_distribution(pixel({0, 0.5f, 0.5f})), pixel({0, 0, 0.5f, 0.5f})));
}

TEST(ExclusiveDistribution, ContradictingClaimsAreScaledDown) {
    const auto q = exclusive_distribution(pixel({0, 0.9f, 0.9f}));
    EXPECT_TRUE(torch::allclose(q, pixel({0, 0, 0.5f, 0.5f})));
}

TEST(NormalisedEntropy, RunsFromCertaintyToFourEqualClasses) {
    EXPECT_FLOAT_EQ(normalised_entropy(kBackgroundOnly).item<float>(), 0.0f);
    EXPECT_FLOAT_EQ(normalised_entropy(pixel({.25f, .25f, .25f, .25f})).item<float>(), 1.0f);
    EXPECT_FLOAT_EQ(normalised_entropy(pixel({.5f, 0, .5f, 0})).item<float>(), 0.5f);
}

TEST(MeanPairwiseDice, AveragesOverPairs) {
    // Areas 2, 1 and 0 of canal: pairs 2·1/3, 0 and 0. Vertebra: all empty. Disc: all the same.
    auto masks = torch::zeros({3, 3, 1, 2});
    masks[0][0].fill_(1);
    masks[1][0][0][0] = 1;
    masks.select(1, 2).fill_(1);
    const auto dice = mean_pairwise_dice(masks);
    EXPECT_NEAR(dice[0].item<double>(), 2.0 / 9.0, 1e-6);
    EXPECT_FLOAT_EQ(dice[1].item<float>(), 1.0f);
    EXPECT_FLOAT_EQ(dice[2].item<float>(), 1.0f);
    EXPECT_TRUE(torch::equal(mean_pairwise_dice(torch::zeros({1, 3, 2, 2})), torch::ones({3})));
}

TEST(EnsembleStatistics, AreTheMeanTheSpreadAndTheMeanOfTheEntropies) {
    const auto a = pixel({0.5f, 0.5f, 0, 0}), b = pixel({0, 0.7f, 0.2f, 0.1f});
    const auto statistics = ensemble_statistics(torch::stack({a, b}));
    EXPECT_TRUE(torch::allclose(statistics.mean, pixel({0.25f, 0.6f, 0.1f, 0.05f})));
    EXPECT_TRUE(torch::allclose(statistics.variance, pixel({0.01f, 0.01f, 0.0025f}), 1e-4, 1e-6));
    const double b_entropy = -(0.7 * std::log(0.7) + 0.2 * std::log(0.2) + 0.1 * std::log(0.1));
    EXPECT_NEAR(statistics.expected_entropy.item<double>(), (std::log(2.0) + b_entropy) / 2.0 / std::log(4.0),
                1e-6);
    EXPECT_FLOAT_EQ(statistics.dice[1].item<float>(), 1.0f);  // no vertebra in either's likeliest class
}

}  // namespace ensemble_statistics_test
}  // namespace spineseg
