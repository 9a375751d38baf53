// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/anchor_training.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace spineseg {
namespace anchor_training_test {

constexpr int kOther = 0, kBody = 1, kL5 = 2, kS1 = 3;

/// One pixel column of 16 × 16, all alike: what it may be, and a network that is certain of one class.
double loss_of(float body, float l5, float s1, int predicted) {
    const auto may_be = torch::tensor({body, l5, s1}).view({1, 3, 1, 1}).expand({1, 3, 16, 16});
    auto logits = torch::zeros({1, 4, 16, 16});
    logits.select(1, predicted).fill_(20);
    return anchor_loss(logits, may_be).item<double>();
}

TEST(AnchorLoss, IsNothingWhereTheCertainClassIsRecognised) {
    EXPECT_NEAR(loss_of(1, 0, 0, kBody), 0, 1e-2);
    EXPECT_NEAR(loss_of(0, 1, 0, kL5), 0, 1e-2);
    EXPECT_NEAR(loss_of(0, 0, 1, kS1), 0, 1e-2);
    EXPECT_NEAR(loss_of(0, 0, 0, kOther), 0, 1e-2);
}

TEST(AnchorLoss, IsLargeForEveryOtherClass) {
    for (const int wrong : {kOther, kL5, kS1}) EXPECT_GT(loss_of(1, 0, 0, wrong), 15);
    for (const int wrong : {kOther, kBody, kL5}) EXPECT_GT(loss_of(0, 0, 1, wrong), 15);
    for (const int wrong : {kBody, kL5, kS1}) EXPECT_GT(loss_of(0, 0, 0, wrong), 15);
}

TEST(AnchorLoss, DoesNotAskWhichOfThePossibleClassesItIs) {
    EXPECT_NEAR(loss_of(0.5F, 0, 0, kBody), 0, 1e-2);
    EXPECT_NEAR(loss_of(0.5F, 0, 0, kOther), 0, 1e-2);
    EXPECT_GT(loss_of(0.5F, 0, 0, kS1), 15);
    EXPECT_NEAR(loss_of(0, 0, 0.5F, kS1), 0, 1e-2);
    EXPECT_GT(loss_of(0, 0, 0.5F, kL5), 15);
}

/// Between two pixels the resampling gives values between: nothing is known there.
TEST(AnchorLoss, TakesTheBordersOfBodiesAsUnknown) {
    for (const float share : {0.3F, 0.5F, 0.7F}) {
        EXPECT_NEAR(loss_of(0, share, 0, kL5), 0, 1e-2) << share;
        EXPECT_NEAR(loss_of(0, share, 0, kOther), 0, 1e-2) << share;
    }
}

TEST(AnchorLoss, HasAGradientForEveryPixelThatIsKnown) {
    auto logits = torch::zeros({2, 4, 16, 16}, torch::requires_grad());
    const auto may_be = torch::zeros({2, 3, 16, 16});
    anchor_loss(logits, may_be).backward();
    EXPECT_TRUE(logits.grad().abs().gt(0).all().item<bool>());
    EXPECT_TRUE(std::isfinite(logits.grad().abs().sum().item<double>()));
}

}  // namespace anchor_training_test
}  // namespace spineseg
