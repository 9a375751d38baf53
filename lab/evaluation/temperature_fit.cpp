// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/temperature_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spineseg {
namespace {

constexpr double kSmallestProbability = 1e-7;
constexpr double kPrecision = 1e-4;

/// −Σ share · ln q over the classes, q ∝ p^sharpness.
double loss_of(const LabelledPixel& pixel, double sharpness) {
    std::array<double, kClassCount> power{};
    double sum = 0.0;
    for (std::size_t c = 0; c < kClassCount; ++c) {
        power[c] =
            std::pow(std::max(static_cast<double>(pixel.probability[c]), kSmallestProbability), sharpness);
        sum += power[c];
    }
    double loss = 0.0;
    for (std::size_t c = 0; c < kClassCount; ++c)
        if (pixel.truth[c] > 0.0F)
            loss -= static_cast<double>(pixel.truth[c]) *
                    std::log(std::max(power[c] / sum, kSmallestProbability));
    return loss;
}

double mean_loss(const std::vector<LabelledPixel>& pixels, double sharpness) {
    double sum = 0.0;
    for (const LabelledPixel& pixel : pixels) sum += loss_of(pixel, sharpness);
    return sum / static_cast<double>(pixels.size());
}

/// Golden-section search over 1/T.
double best_temperature(const std::vector<LabelledPixel>& pixels) {
    const double ratio = std::numbers::phi - 1.0;
    double low = 1.0 / kMostTemperature;
    double high = kMostTemperature;
    double left = high - ratio * (high - low);
    double right = low + ratio * (high - low);
    double left_loss = mean_loss(pixels, left);
    double right_loss = mean_loss(pixels, right);
    while (high - low > kPrecision) {
        if (left_loss < right_loss) {
            high = right;
            right = left;
            right_loss = left_loss;
            left = high - ratio * (high - low);
            left_loss = mean_loss(pixels, left);
        } else {
            low = left;
            left = right;
            left_loss = right_loss;
            right = low + ratio * (high - low);
            right_loss = mean_loss(pixels, right);
        }
    }
    return 2.0 / (low + high);
}

}  // namespace

Structure likeliest_structure_of(const LabelledPixel& pixel) {
    const auto first = pixel.probability.begin() + 1;
    return static_cast<Structure>(std::max_element(first, pixel.probability.end()) - first);
}

LabelledPixel tempered(const LabelledPixel& pixel, const StructureTemperatures& temperatures) {
    const double temperature = temperatures[static_cast<std::size_t>(likeliest_structure_of(pixel))];
    LabelledPixel result = pixel;
    if (temperature == 1.0) return result;
    double sum = 0.0;
    std::array<double, kClassCount> power{};
    for (std::size_t c = 0; c < kClassCount; ++c) {
        power[c] = std::pow(static_cast<double>(pixel.probability[c]), 1.0 / temperature);
        sum += power[c];
    }
    for (std::size_t c = 0; c < kClassCount; ++c) result.probability[c] = static_cast<float>(power[c] / sum);
    return result;
}

double negative_log_likelihood(const std::vector<LabelledPixel>& pixels,
                               const StructureTemperatures& temperatures) {
    if (pixels.empty()) return 0.0;
    double sum = 0.0;
    for (const LabelledPixel& pixel : pixels)
        sum += loss_of(pixel, 1.0 / temperatures[static_cast<std::size_t>(likeliest_structure_of(pixel))]);
    return sum / static_cast<double>(pixels.size());
}

StructureTemperatures fit_temperatures(const std::vector<LabelledPixel>& pixels) {
    std::array<std::vector<LabelledPixel>, kStructures> groups;
    for (const LabelledPixel& pixel : pixels)
        groups[static_cast<std::size_t>(likeliest_structure_of(pixel))].push_back(pixel);
    StructureTemperatures temperatures{1.0, 1.0, 1.0};
    for (std::size_t s = 0; s < kStructures; ++s)
        if (groups[s].size() >= kLeastPixels) temperatures[s] = best_temperature(groups[s]);
    return temperatures;
}

}  // namespace spineseg
