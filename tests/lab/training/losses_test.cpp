// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/losses.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace spineseg {
namespace losses_test {

using torch::Tensor;

TEST(DiffusionLoss, ReproducesTheOriginalsGoldenNumbers) {  // docs/method.md §2.7
    Tensor logits = torch::empty({1, 3, 32, 32}), target = torch::empty({1, 3, 32, 32});
    for (int c = 0; c < 3; ++c)
        for (int h = 0; h < 32; ++h)
            for (int w = 0; w < 32; ++w) {
                logits[0][c][h][w] = 2 * std::sin(0.3 * h + 0.2 * w + c);
                target[0][c][h][w] = std::cos(0.1 * h * (c + 1)) > 0 ? 1.0 : 0.0;
            }
    const DiffusionLoss loss = diffusion_loss(logits, target);
    EXPECT_NEAR(loss.dice.item<double>(), 0.492382, 1e-5);
    EXPECT_NEAR(loss.cross_entropy.item<double>(), 0.911844, 1e-5);
    EXPECT_NEAR(loss.squared_error.item<double>(), 0.330454, 1e-5);
    EXPECT_NEAR(loss.total().item<double>(), 1.734679, 1e-5);
}

TEST(PresegmentationLoss, PerfectPredictionCostsAlmostNothingAndAWrongOneMuch) {
    const Tensor target = torch::zeros({2, 3, 8, 8});
    target.narrow(1, 1, 1).narrow(2, 0, 4).fill_(1);
    Tensor logits = torch::full({2, 4, 8, 8}, -20.0);
    logits.narrow(1, 0, 1).narrow(2, 4, 4).fill_(20);
    logits.narrow(1, 2, 1).narrow(2, 0, 4).fill_(20);
    EXPECT_LT(presegmentation_loss(logits, target).item<double>(), 1e-3);
    EXPECT_GT(presegmentation_loss(-logits, target).item<double>(), 5.0);
}

TEST(PresegmentationLoss, PartialVolumeIsBestMetByItsOwnShare) {
    const Tensor target = torch::zeros({1, 3, 4, 4});
    target.narrow(1, 0, 1).fill_(0.3);
    const auto loss_at = [&](double share) {
        Tensor logits = torch::full({1, 4, 4, 4}, -20.0);
        logits.narrow(1, 1, 1).fill_(std::log(share));
        logits.narrow(1, 0, 1).fill_(std::log(1 - share));
        return presegmentation_loss(logits, target).item<double>();
    };
    EXPECT_LT(loss_at(0.3), loss_at(0.05));
    EXPECT_LT(loss_at(0.3), loss_at(0.95));
}

TEST(PresegmentationLoss, PixelsThatNobodyHasLabelledDoNotCount) {
    const Tensor target = torch::zeros({1, 3, 4, 4});
    target.narrow(1, 1, 1).narrow(2, 0, 2).fill_(1);
    Tensor known = torch::ones({1, 1, 4, 4});
    known.narrow(2, 2, 2).zero_();
    const Tensor right = torch::zeros({1, 4, 4, 4});
    right.narrow(1, 2, 1).narrow(2, 0, 2).fill_(40);
    Tensor otherwise = right.clone();
    otherwise.narrow(1, 3, 1).narrow(2, 2, 2).fill_(40);
    EXPECT_LT(presegmentation_loss(right, target, known).item<double>(), 1e-3);
    EXPECT_EQ(presegmentation_loss(right, target, known).item<double>(),
              presegmentation_loss(otherwise, target, known).item<double>());
    EXPECT_GT(presegmentation_loss(otherwise, target).item<double>(), 1);
}

/// Discs of patients that no network had seen were drawn 24 percent too large after short training.
TEST(PresegmentationLoss, WithLessDiceAnUncertainPixelKeepsItsOwnShare) {
    const Tensor target = torch::zeros({1, 3, 1, 10});
    target.narrow(1, 2, 1).narrow(3, 0, 4).fill_(1);  // four of ten equal pixels are disc
    const auto best_share = [&](double dice_weight) {
        double best = 0, least = 1e9;
        for (double share = 0.05; share < 0.96; share += 0.05) {
            Tensor logits = torch::full({1, 4, 1, 10}, -20.0);
            logits.narrow(1, 3, 1).fill_(std::log(share));
            logits.narrow(1, 0, 1).fill_(std::log(1 - share));
            const double loss = presegmentation_loss(logits, target, {}, dice_weight).item<double>();
            if (loss < least) least = loss, best = share;
        }
        return best;
    };
    EXPECT_NEAR(best_share(0), 0.4, 0.01);
    EXPECT_GT(best_share(1), 0.44);
    EXPECT_LT(best_share(0.25), best_share(1));
}

}  // namespace losses_test
}  // namespace spineseg
