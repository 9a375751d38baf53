// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/calibration.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace spineseg {
namespace calibration_test {

torch::Tensor pixel(std::vector<float> values) {
    return torch::tensor(values).reshape({4, 1, 1});
}

torch::Tensor many_pixels() {
    torch::manual_seed(6);
    return torch::softmax(torch::randn({4, 40, 40}) * 3, 0);
}

torch::Tensor order_of(const torch::Tensor& distribution) {
    return torch::argsort(distribution, std::int64_t{0}, /*descending=*/false);
}

TEST(Calibration, OneIsExactlyOff) {
    const auto q = many_pixels();
    EXPECT_TRUE(tempered(q, 1.0).is_same(q));
    EXPECT_TRUE(tempered(q, PerStructure{1.0, 1.0, 1.0}).is_same(q));
}

TEST(Calibration, IsTheSoftmaxOfDividedLogits) {
    torch::manual_seed(6);
    const auto logits = torch::randn({4, 5, 5}) * 3;
    EXPECT_TRUE(torch::allclose(tempered(torch::softmax(logits, 0), 1.7), torch::softmax(logits / 1.7, 0),
                                1e-4, 1e-6));
}

TEST(Calibration, NoTemperatureChangesTheOrderOfAPixelsClasses) {
    const auto q = many_pixels();
    for (const auto& calibrated : {tempered(q, 0.3), tempered(q, 4.0), tempered(q, {0.3, 2.0, 5.0})}) {
        EXPECT_TRUE(torch::equal(order_of(calibrated), order_of(q)));
        EXPECT_TRUE(torch::allclose(calibrated.sum(0), torch::ones({40, 40}), 1e-4, 1e-5));
    }
}

TEST(Calibration, APixelTakesTheTemperatureOfItsLikeliestStructureEvenBehindBackground) {
    const PerStructure temperature{2.0, 1.0, 0.5};
    const auto canal = pixel({.6f, .3f, .06f, .04f});
    EXPECT_TRUE(torch::allclose(tempered(canal, temperature), tempered(canal, 2.0)));
    const auto vertebra = pixel({.1f, .3f, .5f, .1f});
    EXPECT_TRUE(torch::allclose(tempered(vertebra, temperature), vertebra));
    const auto disc = pixel({.2f, .1f, .3f, .4f});
    EXPECT_TRUE(torch::allclose(tempered(disc, temperature), tempered(disc, 0.5)));
}

TEST(Calibration, CertaintyStaysCertain) {
    const auto certain = pixel({0, 1, 0, 0});
    for (const double temperature : {0.05, 20.0})
        EXPECT_TRUE(torch::equal(tempered(certain, temperature), certain));
}

}  // namespace calibration_test
}  // namespace spineseg
