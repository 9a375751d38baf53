// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/sliding_window.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

namespace spineseg::nnunet {
namespace sliding_window_test {

using ::testing::ElementsAre;

TEST(SlidingWindow, StartsWhereNnUNetDoes) {
    EXPECT_THAT(window_starts(110, 64, 0.5), ElementsAre(0, 23, 46));  // the example in nnU-Net's own source
    EXPECT_THAT(window_starts(64, 64, 0.5), ElementsAre(0));
    EXPECT_THAT(window_starts(65, 64, 0.5), ElementsAre(0, 1));
    EXPECT_THAT(window_starts(100, 32, 1.0), ElementsAre(0, 23, 45, 68));
}

TEST(SlidingWindow, WeighsItsCentreMostAndNothingWithZero) {
    const auto weights = window_importance({64, 24});
    EXPECT_EQ(weights[32][12].item<float>(), 10.0f);
    EXPECT_EQ(weights.max().item<float>(), 10.0f);
    EXPECT_GT(weights.min().item<float>(), 0.0f);
    EXPECT_FLOAT_EQ(weights[32][9].item<float>(), weights[32][15].item<float>());
    EXPECT_NEAR(weights[40][12].item<float>(), 10.0 * std::exp(-0.5),
                0.01);  // one sigma: an eighth of the patch
}

/// One logit for each of two classes: the pixel and its negative.
torch::Tensor pixels(const torch::Tensor& patch) {
    return torch::cat({patch, -patch}, 1);
}

const Window kWindow{{32, 24}, 0.5, {0, 1}};
const std::vector<Size> kSizes{{50, 41}, {20, 70}, {7, 9}, {1, 1}};

/// Where the windows' weights have all of half precision's digits: in the corners of an image that fills the
/// patch they are as small as 10·e⁻¹⁶, which it holds with one digit or two.
torch::Tensor outside_corners(const torch::Tensor& plane) {
    auto mask = torch::ones(plane.sizes(), torch::kBool);
    const auto rows = plane.size(0), columns = plane.size(1);
    if (rows < kWindow.patch[0] || columns < kWindow.patch[1]) return mask;
    for (const auto row : {std::int64_t{0}, rows - 6}) {
        for (const auto column : {std::int64_t{0}, columns - 5})
            mask.narrow(0, row, 6).narrow(1, column, 5).fill_(false);
    }
    return mask;
}

TEST(SlidingWindow, GivesBackWhatEveryWindowAgreesOnUpToHalfPrecision) {
    // Nine windows at most lie over a pixel: the sum and the weights are rounded nine times each, and their
    // ratio once, by half an ulp or 2⁻¹¹ of the value.
    constexpr double kRounding = (9 + 9 + 1) / 2048.0;
    for (const auto& size : kSizes) {
        const auto plane = 1.0f + torch::rand({size[0], size[1]});
        const auto logits = predict_plane(plane, kWindow, pixels);
        ASSERT_EQ(logits.sizes(), (torch::IntArrayRef{2, size[0], size[1]}));
        const auto error = ((logits[0] - plane) / plane).abs().masked_select(outside_corners(plane));
        EXPECT_LE(error.max().item<double>(), kRounding);
        EXPECT_TRUE(torch::equal(logits[1], -logits[0]));
        EXPECT_TRUE(torch::equal(as_accumulated(logits), logits));
    }
}

TEST(SlidingWindow, GivesBackPowersOfTwoExactly) {
    // They scale the weights without rounding them, so that nothing but the windows' places can be wrong.
    for (const auto& size : kSizes) {
        const auto plane = torch::exp2(torch::randint(0, 4, {size[0], size[1]}).to(torch::kFloat32));
        const auto logits = predict_plane(plane, kWindow, pixels);
        const auto inner = outside_corners(plane);
        EXPECT_TRUE(torch::equal(logits[0].masked_select(inner), plane.masked_select(inner)));
    }
}

TEST(SlidingWindow, RefusesLogitsThatHalfPrecisionCannotSum) {
    const auto plane = torch::full({50, 41}, 60'000.0f);
    EXPECT_THROW(predict_plane(plane, {{32, 24}, 0.5, {}}, pixels), c10::Error);
}

TEST(SlidingWindow, AveragesOverEveryMirroredCopy) {
    // A network that marks the first row and the first column of what it sees.
    const auto corner = [](const torch::Tensor& patch) {
        auto logits = torch::zeros({1, 2, patch.size(2), patch.size(3)});
        logits[0][0][0].fill_(1.0);
        logits[0][1].select(1, 0).fill_(1.0);
        return logits;
    };
    const auto plane = torch::zeros({8, 8});
    const auto unmirrored = predict_plane(plane, {{8, 8}, 0.5, {}}, corner);
    EXPECT_EQ(unmirrored[0][0][3].item<float>(), 1.0f);
    EXPECT_EQ(unmirrored[0][7][3].item<float>(), 0.0f);
    const auto rows = predict_plane(plane, {{8, 8}, 0.5, {0}}, corner);
    EXPECT_EQ(rows[0][0][3].item<float>(), 0.5f);
    EXPECT_EQ(rows[0][7][3].item<float>(), 0.5f);
    EXPECT_EQ(rows[1][3][7].item<float>(), 0.0f);
    const auto both = predict_plane(plane, {{8, 8}, 0.5, {0, 1}}, corner);
    EXPECT_EQ(both[0][7][3].item<float>(), 0.5f);
    EXPECT_EQ(both[1][3][7].item<float>(), 0.5f);
}

}  // namespace sliding_window_test
}  // namespace spineseg::nnunet
