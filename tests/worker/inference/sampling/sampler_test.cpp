// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/sampler.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <stdexcept>

namespace spineseg {
namespace sampler_test {

DiffusionPlan plan_from_noise(int timesteps, int steps) {
    DiffusionPlan plan;
    plan.start = StartRule::noise;
    plan.x0 = X0Rule::clamped_logits;
    plan.timesteps = timesteps;
    plan.steps = steps;
    return plan;
}

TEST(SampleNoise, DependsOnSeedSliceAndSampleAndOnNothingElse) {
    const auto noise = sample_noise(1, 2, 3, 4, 32, 48);
    EXPECT_TRUE(torch::equal(noise, sample_noise(1, 2, 3, 4, 32, 48)));
    EXPECT_FALSE(torch::equal(noise, sample_noise(2, 2, 3, 4, 32, 48)));
    EXPECT_FALSE(torch::equal(noise, sample_noise(1, 3, 3, 4, 32, 48)));
    EXPECT_FALSE(torch::equal(noise, sample_noise(1, 2, 4, 4, 32, 48)));
    EXPECT_FALSE(torch::equal(noise, sample_noise(1, 2, 3, 5, 32, 48)));
    EXPECT_FALSE(torch::equal(noise, sample_noise(1, 2, 4, 3, 32, 48)));
}

TEST(SampleNoise, IsStandardNormalAndUncorrelatedBetweenSamples) {
    const auto a = sample_noise(0, 0, 0, 0, 320, 320);
    const auto b = sample_noise(0, 0, 0, 1, 320, 320);
    EXPECT_NEAR(a.mean().item<double>(), 0.0, 0.01);
    EXPECT_NEAR(a.std().item<double>(), 1.0, 0.01);
    EXPECT_NEAR((a * b).mean().item<double>(), 0.0, 0.01);
}

TEST(LikeliestStructure, IsOneHotAndEmptyWhereBackgroundWins) {
    // Four pixels, each with another winner: background, canal, vertebra, disc.
    const auto probabilities = torch::eye(4).reshape({4, 2, 2});
    const auto masks = likeliest_structure(probabilities);
    ASSERT_EQ(masks.sizes(), (std::vector<std::int64_t>{3, 2, 2}));
    EXPECT_TRUE(torch::equal(masks.flatten(1), torch::eye(4).slice(0, 1)));
}

TEST(Sampler, StartsAtTheTimestepThatLeavesTheWantedSignal) {
    DiffusionPlan plan;  // presegmentation, √ᾱ = 0.7, cosine, T = 1000
    const Sampler sampler(plan);
    EXPECT_EQ(sampler.timesteps().front(), 502);
    EXPECT_EQ(sampler.timesteps(), (std::vector<int>{502, 251, 0}));
    const auto mask = torch::tensor({1.0f, 0.0f, 0.0f}).reshape({1, 3, 1, 1});
    const auto start = sampler.start(torch::zeros({2, 3, 1, 1}), mask);
    ASSERT_EQ(start.size(0), 2);
    EXPECT_NEAR(start[1][0].item<double>(), 0.7, 2e-3);
    EXPECT_NEAR(start[1][2].item<double>(), -0.7, 2e-3);
    const auto noise =
        sampler.start(torch::ones({1, 3, 1, 1}), mask) - sampler.start(torch::zeros({1, 3, 1, 1}), mask);
    EXPECT_NEAR(noise[0][0].item<double>(), std::sqrt(1.0 - 0.49), 2e-3);
}

TEST(Sampler, FromNoiseTheMaskIsNotLookedAt) {
    const Sampler sampler(plan_from_noise(1000, 50));
    const auto noise = torch::randn({2, 3, 4, 4});
    EXPECT_TRUE(torch::equal(sampler.start(noise, {}), noise));
    EXPECT_EQ(sampler.timesteps().front(), 999);
    EXPECT_EQ(sampler.timesteps().back(), 0);
}

TEST(Sampler, FollowsThePublishedUpdateRule) {
    // The rule as docs/method.md §3.3 prints it, in float64, one pixel at a time.
    const auto plan = plan_from_noise(30, 7);
    const Sampler sampler(plan);
    const NoiseSchedule schedule(plan.schedule, plan.timesteps);
    const auto network = [](double x, int t) { return std::sin(3.0 * x + 0.1 * t); };
    double x = 0.83;
    for (std::size_t i = 0; i < 7; ++i) {
        const int t = sampler.timesteps()[i];
        const double ab = schedule.alpha_bar(t);
        const double before = i + 1 < 7 ? schedule.alpha_bar(sampler.timesteps()[i + 1]) : 1.0;
        const double x0 = std::clamp(network(x, t), -1.0, 1.0);
        const double eps = (x / std::sqrt(ab) - x0) / std::sqrt(1.0 / ab - 1.0);
        x = std::sqrt(before) * x0 + std::sqrt(1.0 - before) * eps;
    }
    const auto result = sampler.run(
        torch::full({1, 3, 1, 1}, 0.83),
        [](const torch::Tensor& now, int t) { return torch::sin(now * 3.0 + 0.1 * t); }, nullptr);
    EXPECT_NEAR(result[0][0].item<double>(), x, 1e-5);
}

TEST(Sampler, APerfectDenoiserIsReproducedFromAnyStart) {
    const auto truth = torch::tensor({1.0f, -1.0f, 1.0f}).reshape({1, 3, 1, 1});
    const Sampler sampler(plan_from_noise(1000, 5));
    const auto result = sampler.run(
        torch::randn({4, 3, 1, 1}), [&](const torch::Tensor& x, int) { return (truth * 50).expand_as(x); },
        nullptr);
    EXPECT_TRUE(torch::allclose(result, truth.expand_as(result)));
}

TEST(Sampler, SamplesDoNotKnowOfEachOther) {
    const Sampler sampler(plan_from_noise(1000, 5));
    const auto denoise = [](const torch::Tensor& x, int t) { return torch::tanh(x * 2.0) - 0.001 * t; };
    const auto start = torch::randn({3, 3, 4, 4});
    const auto together = sampler.run(start, denoise, nullptr);
    for (std::int64_t s = 0; s < 3; ++s) {
        EXPECT_TRUE(torch::equal(sampler.run(start.narrow(0, s, 1), denoise, nullptr)[0], together[s]));
    }
}

TEST(Sampler, TheSinkSeesEveryStepAndCanStopTheRun) {
    const Sampler sampler(plan_from_noise(1000, 5));
    const auto denoise = [](const torch::Tensor& x, int) { return x; };
    std::vector<int> seen;
    sampler.run(torch::zeros({1, 3, 1, 1}), denoise, [&](int step, const torch::Tensor&) {
        seen.push_back(step);
        return true;
    });
    EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3, 4}));
    int calls = 0;
    const auto stopped = sampler.run(torch::zeros({1, 3, 1, 1}), denoise,
                                     [&](int, const torch::Tensor&) { return ++calls < 2; });
    EXPECT_FALSE(stopped.defined());
    EXPECT_EQ(calls, 2);
}

TEST(Sampler, RefusesMoreStepsThanItsStartLeavesRoomFor) {
    DiffusionPlan plan;
    EXPECT_EQ(Sampler::most_steps(plan), 503);
    plan.steps = 504;
    EXPECT_THROW(Sampler{plan}, std::invalid_argument);
    EXPECT_EQ(Sampler::most_steps(plan_from_noise(30, 1)), 30);
}

TEST(X0, LogitsAreClampedOrSquashed) {
    const auto logits = torch::tensor({-5.0f, 0.5f, 3.0f});
    EXPECT_TRUE(
        torch::allclose(x0_from_logits(logits, X0Rule::clamped_logits), torch::tensor({-1.0f, 0.5f, 1.0f})));
    EXPECT_TRUE(torch::allclose(x0_from_logits(logits, X0Rule::sigmoid), torch::tanh(logits / 2)));
}

TEST(StructureLogits, GiveTheProbabilitiesBackAndNeverInfinity) {
    const auto classes = torch::tensor({0.2F, 0.5F, 0.3F, 0.0F}).view({4, 1, 1});
    const auto logits = structure_logits(classes);
    EXPECT_NEAR(torch::sigmoid(logits)[0].item<double>(), 0.5, 1e-6);
    EXPECT_NEAR(torch::sigmoid(logits)[1].item<double>(), 0.3, 1e-6);
    EXPECT_NEAR(logits[2].item<double>(), -7, 0.01);
}

}  // namespace sampler_test
}  // namespace spineseg
