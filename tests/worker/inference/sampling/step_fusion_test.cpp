// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/step_fusion.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <stdexcept>

namespace spineseg {
namespace step_fusion_test {

double sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

torch::Tensor logits(std::vector<float> samples) {
    const auto count = static_cast<std::int64_t>(samples.size());
    return torch::tensor(samples).reshape({count, 1, 1, 1}).expand({count, 3, 1, 1});
}

TEST(FusionWeights, AreTheOnesOfPaperAndCode) {
    const auto paper = fusion_weights(FusionRule::paper, 10);
    EXPECT_NEAR(paper.front(), 0.011, 5e-4);
    EXPECT_NEAR(paper[7], 0.368, 5e-4);
    EXPECT_NEAR(paper[8], 0.607, 5e-4);
    EXPECT_DOUBLE_EQ(paper.back(), 1.0);
    const auto code = fusion_weights(FusionRule::original_code, 10);
    EXPECT_NEAR(code.front(), 0.0041, 5e-5);
    EXPECT_NEAR(code[7], 0.135, 5e-4);
    EXPECT_NEAR(code[8], 0.223, 5e-4);
    EXPECT_NEAR(code.back(), 0.368, 5e-4);
    // Eleven steps: the code halves in integers.
    EXPECT_NEAR(fusion_weights(FusionRule::original_code, 11).back(), std::exp(-5.0 * 2.0 / 11.0), 1e-12);
}

TEST(StepFusion, WeighsClampedSamplesByTheStepsCertaintyAsDiffUNetDoes) {
    // Two samples, three steps; the last step is beyond what is fused.
    const double z[2][2] = {{-0.4, 3.0}, {0.6, 0.8}};
    StepFusion fusion(FusionRule::step_uncertainty, 2, 3, 2);
    double expected = 0.0;
    for (int t = 0; t < 2; ++t) {
        fusion.add(t, logits({static_cast<float>(z[t][0]), static_cast<float>(z[t][1])}));
        const double p = std::max(sigmoid((z[t][0] + z[t][1]) / 2.0), 1e-3);
        const double weight = std::exp(sigmoid((t + 1) / 2.0) * (1.0 + p * std::log(p)));
        for (const double value : z[t]) expected += weight * std::min(std::max(value, -1.0), 1.0);
    }
    fusion.add(2, logits({50.0f, 50.0f}));
    EXPECT_NEAR(fusion.fused()[1].item<double>(), expected, 1e-5);
}

TEST(StepFusion, AVoxelThatIsSurelyEmptyHasItsDoubtFloored) {
    StepFusion fusion(FusionRule::step_uncertainty, 1, 1, 1);
    fusion.add(0, logits({-40.0f}));
    const double doubt = -1e-3 * std::log(1e-3);
    EXPECT_NEAR(fusion.fused()[0].item<double>(), -std::exp(sigmoid(1.0) * (1.0 - doubt)), 1e-5);
}

TEST(StepFusion, SamplesMayComeInBatchesAndMemoryDoesNotGrowWithThem) {
    for (const auto rule : {FusionRule::paper, FusionRule::original_code, FusionRule::step_uncertainty}) {
        StepFusion whole(rule, 1, 1, 3), parts(rule, 1, 1, 3);
        whole.add(0, logits({0.5f, -2.0f, 1.5f}));
        parts.add(0, logits({0.5f}));
        parts.add(0, logits({-2.0f, 1.5f}));
        EXPECT_TRUE(torch::allclose(whole.fused(), parts.fused()));
        EXPECT_TRUE(torch::allclose(whole.uncertainty(), parts.uncertainty()));
        EXPECT_EQ(parts.fused().sizes(), (std::vector<std::int64_t>{3, 1, 1}));
    }
}

TEST(StepFusion, RefusesMoreStepsThanThereAre) {
    EXPECT_THROW(StepFusion(FusionRule::paper, 4, 3, 1), std::invalid_argument);
    EXPECT_THROW(StepFusion(FusionRule::paper, 0, 3, 1), std::invalid_argument);
}

TEST(PublishedUncertainty, IsNoEntropyItsLargestIsAtOneOverE) {
    const auto map =
        published_uncertainty(torch::tensor({0.1f, 1.0f / 2.7182818f, 0.5f, 0.9f, 0.0f}), kPublishedFloor);
    const double expected[] = {0.230, 0.3679, 0.3466, 0.095, -1e-4 * std::log(1e-4)};
    for (int i = 0; i < 5; ++i) EXPECT_NEAR(map[i].item<double>(), expected[i], 5e-4) << i;
}

}  // namespace step_fusion_test
}  // namespace spineseg
