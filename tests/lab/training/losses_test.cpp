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

}  // namespace losses_test
}  // namespace spineseg
