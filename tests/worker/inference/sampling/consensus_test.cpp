// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/consensus.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <stdexcept>

namespace spineseg {
namespace consensus_test {

torch::Tensor pixel(std::vector<float> values) {
    const auto channels = static_cast<std::int64_t>(values.size());
    return torch::tensor(values).reshape({channels, 1, 1});
}

torch::Tensor logit(double p) {
    return torch::tensor(static_cast<float>(std::log(p / (1 - p))));
}

/// One sample, one pixel, from its three probabilities.
torch::Tensor sample_of(double canal, double vertebra, double disc) {
    return torch::stack({logit(canal), logit(vertebra), logit(disc)}).reshape({1, 3, 1, 1});
}

const auto kBackgroundOnly = pixel({1, 0, 0, 0});

/// A presegmentation [4,H,W] of a single network.
EnsembleStatistics one_member(const torch::Tensor& distribution) {
    return ensemble_statistics(distribution.unsqueeze(0));
}

TEST(Consensus, MeanProbabilityIsTheMeanOfTheLastStepOnly) {
    ConsensusBuilder builder(ConsensusPlan{}, 2, 2);
    builder.add(0, torch::cat({sample_of(.9, .9, .9), sample_of(.9, .9, .9)}));
    builder.add(1, torch::cat({sample_of(.2, .6, .1), sample_of(.4, .2, .1)}));
    const auto consensus = builder.finish(one_member(kBackgroundOnly));
    EXPECT_TRUE(torch::allclose(consensus.probability, pixel({.3f, .4f, .1f}), 1e-5, 1e-6));
    EXPECT_FALSE(consensus.original_uncertainty.defined());
}

TEST(Consensus, AgreeingSamplesHaveNoMutualInformationAndContradictingOnesHaveNothingElse) {
    const auto vertebra = sample_of(1e-6, 1 - 3e-6, 1e-6);
    const auto disc = sample_of(1e-6, 1e-6, 1 - 3e-6);
    const auto unsure = sample_of(.1, .5, .2);
    ConsensusBuilder same(ConsensusPlan{}, 1, 2);
    same.add(0, torch::cat({unsure, unsure}));
    EXPECT_NEAR(same.finish(one_member(kBackgroundOnly)).mutual_information.item<double>(), 0.0, 1e-6);
    EXPECT_GT(same.finish(one_member(kBackgroundOnly)).entropy.item<double>(), 0.5);

    ConsensusBuilder apart(ConsensusPlan{}, 1, 2);
    apart.add(0, torch::cat({vertebra, disc}));
    const auto consensus = apart.finish(one_member(kBackgroundOnly));
    EXPECT_NEAR(consensus.entropy.item<double>(), 0.5, 1e-3);
    EXPECT_NEAR(consensus.mutual_information.item<double>(), 0.5, 1e-3);
    EXPECT_TRUE(torch::allclose(consensus.sample_dice, torch::tensor({1.0f, 0.0f, 0.0f})));
}

TEST(Consensus, ThePresegmentationIsAnotherMemberWithItsOwnWeight) {
    ConsensusPlan plan;
    plan.presegmentation_weight = 0.25;
    ConsensusBuilder builder(plan, 1, 1);
    builder.add(0, sample_of(.2, .6, .1));
    const auto consensus = builder.finish(one_member(pixel({0, .8f, .2f, 0})));
    EXPECT_TRUE(torch::allclose(consensus.probability, pixel({.35f, .5f, .075f}), 1e-5, 1e-6));
    EXPECT_GT(consensus.mutual_information.item<double>(), 0.0);
}

TEST(Consensus, BatchesOfSamplesDoNotMatter) {
    torch::manual_seed(3);
    const auto logits = torch::randn({5, 3, 6, 6});
    ConsensusPlan plan;
    plan.fusion = FusionRule::paper;
    ConsensusBuilder whole(plan, 1, 5), parts(plan, 1, 5);
    whole.add(0, logits);
    parts.add(0, logits.narrow(0, 0, 2));
    parts.add(0, logits.narrow(0, 2, 3));
    const auto presegmentation = torch::full({4, 6, 6}, 0.25);
    const auto a = whole.finish(one_member(presegmentation)), b = parts.finish(one_member(presegmentation));
    EXPECT_TRUE(torch::allclose(a.probability, b.probability, 1e-5, 1e-6));
    EXPECT_TRUE(torch::equal(a.entropy, b.entropy));
    EXPECT_TRUE(torch::equal(a.mutual_information, b.mutual_information));
    EXPECT_TRUE(torch::equal(a.sample_dice, b.sample_dice));
}

TEST(Consensus, PaperFusesTheLastStepsAndItsCodeTheFirst) {
    for (const auto rule : {FusionRule::paper, FusionRule::original_code}) {
        ConsensusPlan plan;
        plan.fusion = rule;
        plan.fused_steps = 2;
        ConsensusBuilder builder(plan, 4, 1);
        for (int step = 0; step < 4; ++step)
            builder.add(step, torch::full({1, 3, 1, 1}, step < 2 ? -1.0 : 1.0));
        const auto weights = fusion_weights(rule, 2);
        const double sum = (weights[0] + weights[1]) * (rule == FusionRule::paper ? 1.0 : -1.0);
        const auto consensus = builder.finish(one_member(kBackgroundOnly));
        EXPECT_NEAR(consensus.probability[0].item<double>(), 1.0 / (1.0 + std::exp(-sum)), 1e-6);
        const double p = 1.0 / (1.0 + std::exp(rule == FusionRule::paper ? -1.0 : 1.0));
        EXPECT_NEAR(consensus.original_uncertainty[0].item<double>(), -p * std::log(p), 1e-6);
    }
}

TEST(Consensus, RefusesToFuseMoreStepsThanThereAre) {
    ConsensusPlan plan;
    plan.fusion = FusionRule::paper;
    plan.fused_steps = 4;
    EXPECT_THROW(ConsensusBuilder(plan, 3, 1), std::invalid_argument);
    EXPECT_THROW(ConsensusBuilder(ConsensusPlan{}, 3, 0), std::invalid_argument);
}

TEST(Consensus, AMissingSampleIsNoticed) {
    ConsensusBuilder builder(ConsensusPlan{}, 1, 2);
    builder.add(0, sample_of(.1, .1, .1));
    EXPECT_THROW(builder.finish(one_member(kBackgroundOnly)), c10::Error);
}

TEST(Consensus, SaturatedLogitsGiveNoNaN) {
    ConsensusBuilder builder(ConsensusPlan{}, 1, 2);
    builder.add(
        0, torch::tensor({1000.0f, -1000.0f, 1000.0f, -1000.0f, -1000.0f, -1000.0f}).reshape({2, 3, 1, 1}));
    const auto consensus = builder.finish(one_member(kBackgroundOnly));
    EXPECT_TRUE(torch::isfinite(consensus.entropy).all().item<bool>());
    EXPECT_TRUE(torch::isfinite(consensus.mutual_information).all().item<bool>());
}

}  // namespace consensus_test
}  // namespace spineseg
