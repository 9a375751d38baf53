// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/colours.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace spineseg {
namespace {

constexpr double kGamma = 0.75;  // bright fat must not drown the column
constexpr double kDarkShare = 0.01;
constexpr double kBrightShare = 0.985;

// Nine anchors of the "inferno" map (van der Walt and Smith, CC0), evenly spaced, without its black
// beginning.
constexpr std::array<Colour, 9> kInferno{{{0.16, 0.04, 0.33},
                                          {0.32, 0.07, 0.43},
                                          {0.47, 0.11, 0.43},
                                          {0.62, 0.16, 0.39},
                                          {0.76, 0.23, 0.31},
                                          {0.88, 0.34, 0.19},
                                          {0.96, 0.49, 0.08},
                                          {0.98, 0.71, 0.17},
                                          {0.99, 0.95, 0.50}}};

}  // namespace

Colour colour_of(Structure structure) {
    switch (structure) {
        case Structure::canal:
            return {85 / 255.0, 188 / 255.0, 1.0};
        case Structure::vertebra:
            return {230 / 255.0, 159 / 255.0, 0.0};
        case Structure::disc:
            return {0.0, 158 / 255.0, 115 / 255.0};
    }
    return {};
}

Colour heat(float uncertainty) {
    const double value = std::clamp(static_cast<double>(uncertainty), 0.0, 1.0);
    const double place = value * (kInferno.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), kInferno.size() - 2);
    const double t = place - static_cast<double>(below);
    const Colour& a = kInferno[below];
    const Colour& b = kInferno[below + 1];
    // Faint uncertainty shows faintly; from a third upward the map is nearly opaque.
    const double alpha = 0.92 * (1 - std::pow(1 - std::min(value / 0.6, 1.0), 2.0));
    return {a.red + t * (b.red - a.red), a.green + t * (b.green - a.green), a.blue + t * (b.blue - a.blue),
            alpha};
}

double GreyWindow::level(float value) const {
    const double relative =
        (static_cast<double>(value) - low) / std::max(static_cast<double>(high) - low, 1e-12);
    return std::pow(std::clamp(relative, 0.0, 1.0), kGamma);
}

GreyWindow window_of(std::span<const float> values) {
    std::vector<float> sorted(values.begin(), values.end());
    const auto at_share = [&](double share) {
        const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
        std::nth_element(sorted.begin(), sorted.begin() + place, sorted.end());
        return sorted[static_cast<std::size_t>(place)];
    };
    if (sorted.empty()) return {};
    return {at_share(kDarkShare), at_share(kBrightShare)};
}

}  // namespace spineseg
