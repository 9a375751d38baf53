// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/signal_void.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg {
namespace signal_void_test {

using torch::Tensor;

class SignalVoid : public ::testing::Test {
  protected:
    SignalVoid() { structures_[1].narrow(0, 20, 60).narrow(1, 30, 40).fill_(1); }
    Tensor image_ = torch::full({100, 100}, 0.5);
    Tensor structures_ = torch::zeros({3, 100, 100});
    Random random_{7};
};

TEST_F(SignalVoid, IsDarkBrightAtItsRimAndEmpty) {
    const auto spoilt = with_signal_void(image_, structures_, 10, 1.2, random_);
    EXPECT_LT(spoilt.image.min().item<float>(), 0.1F);
    EXPECT_GT(spoilt.image.max().item<float>(), 0.5F) << "the rim";
    const double lost = (structures_ - spoilt.structures).sum().item<double>();
    EXPECT_GT(lost, 50);
    EXPECT_LT(lost, 330) << "a disc of radius 10 has 314 pixels";
    const Tensor dark = spoilt.image < 0.1;
    EXPECT_LT(spoilt.structures[1].masked_select(dark).max().item<float>(), 0.25F)
        << "nothing is painted in it";
}

TEST_F(SignalVoid, LeavesASliceWithoutStructuresAsItIs) {
    const auto spoilt = with_signal_void(image_, torch::zeros({3, 100, 100}), 10, 1.2, random_);
    EXPECT_TRUE(torch::equal(spoilt.image, image_));
}

}  // namespace signal_void_test
}  // namespace spineseg
