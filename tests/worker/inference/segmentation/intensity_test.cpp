// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/intensity.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>

namespace spineseg {
namespace intensity_test {

const auto kAll = torch::TensorOptions(torch::kBool);

TEST(Intensity, PercentileIsNumpysLinearOne) {
    // numpy.percentile([0, 10, 20, 30, 40], 90) = 36
    const auto image = torch::tensor({0.f, 40.f, 10.f, 30.f, 20.f, 0.f}).reshape({1, 2, 3});
    auto inside = torch::ones({1, 2, 3}, kAll);
    inside[0][1][2] = false;
    const auto scaled = scaled_by_percentile(image, inside, 90.0, 1.0);
    const auto expected = torch::tensor({0.f, 1.f, 10.f / 36, 30.f / 36, 20.f / 36, 0.f}).reshape({1, 2, 3});
    EXPECT_TRUE(torch::allclose(scaled, expected, 1e-6, 1e-6)) << scaled;
}

TEST(Intensity, EachSliceHasItsOwnScale) {
    const auto slice = torch::rand({8, 8});
    const auto scaled =
        scaled_by_percentile(torch::stack({slice, slice * 700}), torch::ones({2, 8, 8}, kAll), 99.5, 1.5);
    EXPECT_TRUE(torch::allclose(scaled[0], scaled[1], 1e-4, 1e-5));
}

TEST(Intensity, ZScoreCountsInsidePixelsOnlyAndPaddingKeepsTheValueOfBlack) {
    torch::manual_seed(1);
    auto image = torch::rand({1, 16, 16}) * 300;
    auto inside = torch::zeros({1, 16, 16}, kAll);
    inside.narrow(2, 4, 8).fill_(true);
    image.masked_fill_(inside.logical_not(), 0);
    image[0][0][5] = 0;  // a black pixel inside
    const auto input = network_input(image, inside, InputPlan{});
    ASSERT_EQ(input.sizes(), (std::vector<std::int64_t>{1, 1, 16, 16}));
    const auto within = input[0].masked_select(inside);
    EXPECT_NEAR(within.mean().item<float>(), 0.0, 1e-5);
    EXPECT_NEAR(within.std(/*unbiased=*/false).item<float>(), 1.0, 1e-5);
    const auto padding = input[0].masked_select(inside.logical_not());
    EXPECT_TRUE(torch::allclose(padding, input[0][0][0][5].expand_as(padding)));
}

TEST(Intensity, HighlightsAreClipped) {
    auto image = torch::full({1, 20, 20}, 100.0f);
    image[0][3][3] = 1e6f;
    const auto scaled = scaled_by_percentile(image, torch::ones({1, 20, 20}, kAll), 99.5, 1.5);
    EXPECT_FLOAT_EQ(scaled.max().item<float>(), 1.5f);
    EXPECT_FLOAT_EQ(scaled.min().item<float>(), 1.0f);
}

TEST(Intensity, BlackConstantAndEmptySlicesStayFinite) {
    for (const float value : {0.0f, 7.0f, -5.0f}) {
        const auto image = torch::full({1, 8, 8}, value);
        for (const bool anything_inside : {true, false}) {
            const auto inside = torch::full({1, 8, 8}, anything_inside, kAll);
            EXPECT_TRUE(torch::isfinite(network_input(image, inside, InputPlan{})).all().item<bool>())
                << value;
        }
    }
}

TEST(Intensity, NonFinitePixelsCountAsPaddingAndSpoilNothing) {
    torch::manual_seed(2);
    const auto clean = torch::rand({1, 12, 12});
    auto inside = torch::ones({1, 12, 12}, kAll);
    auto dirty = clean.clone();
    dirty[0][2][2] = std::numeric_limits<float>::quiet_NaN();
    dirty[0][3][3] = std::numeric_limits<float>::infinity();
    const auto result = scaled_by_percentile(dirty, inside, 99.5, 1.5);
    inside[0][2][2] = false;
    inside[0][3][3] = false;
    EXPECT_TRUE(torch::equal(result, scaled_by_percentile(clean, inside, 99.5, 1.5)));
}

TEST(Intensity, TheOriginalsRuleEndsAtTwoHundredAndFiftyFive) {
    InputPlan plan;
    plan.intensity = IntensityRule::percentile_255;
    plan.percentile = 98.0;
    const auto image = torch::arange(101, torch::kFloat32).reshape({1, 1, 101});
    const auto input = network_input(image, torch::ones({1, 1, 101}, kAll), plan);
    EXPECT_FLOAT_EQ(input.max().item<float>(), 255.0f);
    EXPECT_FLOAT_EQ(input[0][0][0][49].item<float>(), 127.5f);
    EXPECT_EQ((input >= 255.0f).sum().item<int>(), 3);
}

TEST(Intensity, AnImageAsLargeAsFourThousandSquaredHasAPercentile) {
    const auto image = torch::ones({1, 4200, 4200});
    const auto scaled = scaled_by_percentile(image, torch::ones({1, 4200, 4200}, kAll), 99.5, 1.5);
    EXPECT_FLOAT_EQ(scaled.mean().item<float>(), 1.0f);
}

}  // namespace intensity_test
}  // namespace spineseg
