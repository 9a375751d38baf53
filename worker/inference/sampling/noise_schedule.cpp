// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/noise_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

namespace spineseg {
namespace {

constexpr double kLargestBeta =
    0.999;  // Nichol and Dhariwal 2021, for the cosine: keeps its last step finite
constexpr double kCosineOffset = 0.008;
constexpr double kLinearFirstBeta = 1e-4;
constexpr double kLinearLastBeta = 0.02;
constexpr double kLinearReferenceSteps = 1000.0;

double cosine_alpha_bar(double u) {
    const double c = std::cos((u + kCosineOffset) / (1.0 + kCosineOffset) * std::numbers::pi / 2.0);
    return c * c;
}

double beta(NoiseScheduleKind kind, int i, int timesteps) {
    const double t = timesteps;
    if (kind == NoiseScheduleKind::cosine) {
        return std::min(1.0 - cosine_alpha_bar((i + 1) / t) / cosine_alpha_bar(i / t), kLargestBeta);
    }
    // Both ends scale with 1000/T, so that any T ends in about the same noise. The original has no bound here
    // (docs/method.md §3.1); it is reached below T = 21 only.
    const double scale = kLinearReferenceSteps / t;
    const double fraction = timesteps > 1 ? static_cast<double>(i) / (timesteps - 1) : 0.0;
    return std::min(scale * (kLinearFirstBeta + fraction * (kLinearLastBeta - kLinearFirstBeta)),
                    kLargestBeta);
}

}  // namespace

NoiseSchedule::NoiseSchedule(NoiseScheduleKind kind, int timesteps) {
    if (timesteps < 1) throw std::invalid_argument("a noise schedule needs at least one timestep");
    alpha_bar_.reserve(static_cast<std::size_t>(timesteps));
    double product = 1.0;
    for (int i = 0; i < timesteps; ++i) {
        product *= 1.0 - beta(kind, i, timesteps);
        alpha_bar_.push_back(product);
    }
}

double NoiseSchedule::signal(int timestep) const {
    return std::sqrt(alpha_bar(timestep));
}

double NoiseSchedule::noise(int timestep) const {
    return std::sqrt(1.0 - alpha_bar(timestep));
}

int NoiseSchedule::first_timestep_at_or_below(double wanted) const {
    for (int t = 0; t < timesteps(); ++t) {
        if (signal(t) <= wanted) return t;
    }
    return timesteps() - 1;
}

std::vector<int> respaced_timesteps(int last, int steps) {
    if (last < 0 || steps < 1 || steps > last + 1) {
        throw std::invalid_argument(std::to_string(steps) + " steps do not fit into timesteps 0.." +
                                    std::to_string(last));
    }
    if (steps == 1) return {last};
    // Sums of rounded strides miss exact halves by a little, on the side on which the original misses them.
    const double stride = static_cast<double>(last) / (steps - 1);
    std::vector<int> timesteps(static_cast<std::size_t>(steps));
    double place = 0.0;
    for (auto timestep = timesteps.rbegin(); timestep != timesteps.rend(); ++timestep, place += stride) {
        *timestep = static_cast<int>(std::nearbyint(place));
    }
    return timesteps;
}

}  // namespace spineseg
