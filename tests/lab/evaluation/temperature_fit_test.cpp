// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/temperature_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace temperature_fit_test {

/// Pixels of one structure against background whose true frequencies are the probabilities at `temperature`:
/// what is stored is over- or under-confident by it.
std::vector<LabelledPixel> pixels_of(std::uint8_t structure_class, double temperature, std::uint64_t seed) {
    std::vector<LabelledPixel> pixels;
    const auto logits = testing::uniform(20000, seed);
    const auto draws = testing::uniform(20000, seed + 1);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double logit = 8.0 * (logits[i] - 0.5);
        const double stored = 1.0 / (1.0 + std::exp(-logit));
        const double real = 1.0 / (1.0 + std::exp(-logit / temperature));
        LabelledPixel pixel;
        pixel.probability[structure_class] = static_cast<float>(stored);
        pixel.probability[0] = static_cast<float>(1.0 - stored);
        pixel.truth[draws[i] < real ? structure_class : 0] = 1.0F;
        pixels.push_back(pixel);
    }
    return pixels;
}

std::vector<LabelledPixel> together(std::vector<LabelledPixel> a, const std::vector<LabelledPixel>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST(TemperatureFit, FindsTheTemperatureThatWasMissingForEachStructureAlone) {
    const auto pixels = together(pixels_of(1, 2.0, 21), pixels_of(3, 0.6, 31));
    const auto fitted = fit_temperatures(pixels);
    EXPECT_NEAR(fitted[0], 2.0, 0.1);
    EXPECT_EQ(fitted[1], 1.0) << "no pixel speaks for the vertebra";
    EXPECT_NEAR(fitted[2], 0.6, 0.03);
    EXPECT_LT(negative_log_likelihood(pixels, fitted), negative_log_likelihood(pixels, {1, 1, 1}));
    for (const double factor : {0.95, 1.05})
        EXPECT_LT(negative_log_likelihood(pixels, fitted),
                  negative_log_likelihood(pixels, {fitted[0] * factor, 1, fitted[2] * factor}));
}

TEST(TemperatureFit, CalibratedPixelsStayAsTheyAre) {
    EXPECT_NEAR(fit_temperatures(pixels_of(2, 1.0, 41))[1], 1.0, 0.05);
}

TEST(TemperatureFit, AFewPixelsDecideNothing) {
    auto pixels = pixels_of(1, 3.0, 51);
    pixels.resize(kLeastPixels - 1);
    EXPECT_EQ(fit_temperatures(pixels), (StructureTemperatures{1, 1, 1}));
    EXPECT_EQ(negative_log_likelihood({}, {1, 1, 1}), 0.0);
}

TEST(TemperatureFit, TemperingKeepsTheOrderOfTheClassesAndTheirSum) {
    const LabelledPixel pixel{{0.5F, 0.1F, 0.3F, 0.1F}, 2};
    const auto cooler = tempered(pixel, {1.0, 0.5, 1.0});
    EXPECT_EQ(likeliest_structure_of(pixel), Structure::vertebra);
    EXPECT_NEAR(cooler.probability[0], 0.25 / 0.36, 1e-6);
    EXPECT_NEAR(cooler.probability[2], 0.09 / 0.36, 1e-6);
    EXPECT_EQ(tempered(pixel, {5.0, 1.0, 5.0}).probability, pixel.probability);
}

}  // namespace temperature_fit_test
}  // namespace spineseg
