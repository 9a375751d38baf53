// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/resampling.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace spineseg::nnunet {
namespace {

/// scipy continues a signal by twelve equal samples before it takes spline coefficients.
constexpr std::int64_t kPadding = 12;
const double kCubicPole = std::sqrt(3.0) - 2.0;

/// Coefficients of the cubic B-spline through the samples, mirrored at both ends (Unser, Aldroubi and Eden,
/// 1993): one causal and one anti-causal pass.
void to_cubic_coefficients(std::vector<double>& samples) {
    const auto n = static_cast<std::ptrdiff_t>(samples.size());
    const double z = kCubicPole;
    for (double& sample : samples) sample *= (1.0 - z) * (1.0 - 1.0 / z);
    // The mirrored signal's geometric sum, to where the pole has died out.
    double first = 0.0, power = 1.0;
    const std::ptrdiff_t period = 2 * n - 2;
    for (std::ptrdiff_t i = 0; i < 60; ++i, power *= z) {
        const std::ptrdiff_t j = i % period;
        first += power * samples[static_cast<std::size_t>(j < n ? j : period - j)];
    }
    samples[0] = first;
    for (std::size_t i = 1; i < samples.size(); ++i) samples[i] += z * samples[i - 1];
    const std::size_t last = samples.size() - 1;
    samples[last] = z / (z * z - 1.0) * (samples[last] + z * samples[last - 1]);
    for (std::size_t i = last; i-- > 0;) samples[i] = z * (samples[i + 1] - samples[i]);
}

/// Weights of the four coefficients around `t` in [0, 1) behind the second.
std::array<double, 4> cubic_weights(double t) {
    const double u = 1.0 - t;
    return {u * u * u / 6.0, (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0,
            (4.0 - 6.0 * u * u + 3.0 * u * u * u) / 6.0, t * t * t / 6.0};
}

double source_place(std::int64_t output, std::int64_t inputs, std::int64_t outputs) {
    return (static_cast<double>(output) + 0.5) * static_cast<double>(inputs) / static_cast<double>(outputs) -
           0.5;
}

torch::Tensor cubic_matrix(std::int64_t inputs, std::int64_t outputs) {
    auto matrix = torch::zeros({outputs, inputs}, torch::kFloat64);
    auto entries = matrix.accessor<double, 2>();
    std::vector<double> signal(static_cast<std::size_t>(inputs + 2 * kPadding));
    for (std::int64_t input = 0; input < inputs; ++input) {
        for (std::size_t i = 0; i < signal.size(); ++i) {
            const auto place =
                std::clamp<std::int64_t>(static_cast<std::int64_t>(i) - kPadding, 0, inputs - 1);
            signal[i] = place == input ? 1.0 : 0.0;
        }
        to_cubic_coefficients(signal);
        for (std::int64_t output = 0; output < outputs; ++output) {
            const double place = source_place(output, inputs, outputs) + static_cast<double>(kPadding);
            const double below = std::floor(place);
            const auto weights = cubic_weights(place - below);
            const auto start = static_cast<std::size_t>(below) - 1;
            for (std::size_t i = 0; i < 4; ++i) entries[output][input] += weights[i] * signal[start + i];
        }
    }
    return matrix;
}

torch::Tensor linear_matrix(std::int64_t inputs, std::int64_t outputs) {
    auto matrix = torch::zeros({outputs, inputs}, torch::kFloat64);
    auto entries = matrix.accessor<double, 2>();
    for (std::int64_t output = 0; output < outputs; ++output) {
        const double place =
            std::clamp(source_place(output, inputs, outputs), 0.0, static_cast<double>(inputs - 1));
        const auto below = static_cast<std::int64_t>(place);
        const double rest = place - static_cast<double>(below);
        entries[output][below] += 1.0 - rest;
        entries[output][std::min(below + 1, inputs - 1)] += rest;
    }
    return matrix;
}

/// scipy's map_coordinates of order 0. Where a place lies halfway depends on its rounding, so it is computed
/// in nnU-Net's own order of operations.
torch::Tensor nearest_matrix(std::int64_t inputs, std::int64_t outputs) {
    auto matrix = torch::zeros({outputs, inputs}, torch::kFloat64);
    auto entries = matrix.accessor<double, 2>();
    const double scale = static_cast<double>(inputs) / static_cast<double>(outputs);
    for (std::int64_t output = 0; output < outputs; ++output) {
        const double place = scale * (static_cast<double>(output) + 0.5) - 0.5;
        const auto nearest = static_cast<std::int64_t>(std::floor(place + 0.5));
        entries[output][std::clamp<std::int64_t>(nearest, 0, inputs - 1)] = 1.0;
    }
    return matrix;
}

/// The only coarsest axis; nothing where several are.
std::optional<std::size_t> coarsest_axis(const std::array<double, 3>& spacing_mm) {
    const double coarsest = *std::max_element(spacing_mm.begin(), spacing_mm.end());
    if (std::count(spacing_mm.begin(), spacing_mm.end(), coarsest) != 1) return std::nullopt;
    return std::max_element(spacing_mm.begin(), spacing_mm.end()) - spacing_mm.begin();
}

bool is_anisotropic(const std::array<double, 3>& spacing_mm, double threshold) {
    const auto [finest, coarsest] = std::minmax_element(spacing_mm.begin(), spacing_mm.end());
    return *coarsest / *finest > threshold;
}

}  // namespace

std::optional<std::size_t> axis_apart(const Resampling& rule, const std::array<double, 3>& from_mm,
                                      const std::array<double, 3>& to_mm) {
    if (rule.apart) return *rule.apart ? coarsest_axis(from_mm) : std::nullopt;
    if (is_anisotropic(from_mm, rule.anisotropy)) return coarsest_axis(from_mm);
    if (is_anisotropic(to_mm, rule.anisotropy)) return coarsest_axis(to_mm);
    return std::nullopt;
}

Size resampled_size(const Size& size, const std::array<double, 2>& from_mm,
                    const std::array<double, 2>& to_mm) {
    Size result{};
    for (std::size_t axis = 0; axis < 2; ++axis)  // in nnU-Net's own order of operations
        result[axis] = static_cast<std::int64_t>(
            std::nearbyint(from_mm[axis] / to_mm[axis] * static_cast<double>(size[axis])));
    return result;
}

torch::Tensor spline_matrix(std::int64_t inputs, std::int64_t outputs, int order) {
    if (order == 0) return nearest_matrix(inputs, outputs);
    return order == 1 ? linear_matrix(inputs, outputs) : cubic_matrix(inputs, outputs);
}

torch::Tensor resample_planes(const torch::Tensor& planes, const Size& size, const Resampling& rule,
                              std::optional<std::size_t> apart, const std::optional<Bounds>& bounds) {
    const auto rows = planes.size(-2), columns = planes.size(-1);
    if (size == Size{rows, columns}) return planes.to(torch::kFloat32);
    auto result = planes.to(torch::kFloat64);
    const auto down = [&](int order) {
        result = torch::matmul(spline_matrix(rows, size[0], order).to(planes.device()), result);
    };
    const auto across = [&](int order) {
        result = torch::matmul(result, spline_matrix(columns, size[1], order).to(planes.device()).t());
    };
    if (apart != 1U) down(rule.order);
    if (apart != 2U) across(rule.order);
    if (bounds) result = result.clamp(bounds->low.to(torch::kFloat64), bounds->high.to(torch::kFloat64));
    if (apart == 1U) down(rule.order_apart);
    if (apart == 2U) across(rule.order_apart);
    return result.to(torch::kFloat32);
}

}  // namespace spineseg::nnunet
