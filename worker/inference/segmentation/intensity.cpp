// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/intensity.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace spineseg {
namespace {

/// A percentile-scaled slice of anatomy deviates by 0.2 to 0.3. The floor keeps a constant slice finite, and
/// its padding within some twenty deviations.
constexpr double kSmallestDeviation = 0.05;
constexpr double kOriginalWhite = 255.0;

torch::Tensor usable_pixels(const torch::Tensor& intensities, const torch::Tensor& inside) {
    TORCH_CHECK(intensities.dim() == 3 && inside.sizes() == intensities.sizes(),
                "intensities and the inside mask must both be [N, H, W]");
    return inside.to(torch::kBool).logical_and(torch::isfinite(intensities));
}

/// numpy.percentile's "linear" method. Partial sorting instead of torch::quantile, which refuses large
/// inputs.
double percentile_of(std::vector<float>& values, double percentile) {
    if (values.empty()) return 0.0;
    const double place = percentile / 100.0 * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(std::floor(place));
    std::nth_element(values.begin(), values.begin() + below, values.end());
    const double lower = values[static_cast<std::size_t>(below)];
    const double rest = place - std::floor(place);
    if (rest == 0.0) return lower;
    return lower + rest * (*std::min_element(values.begin() + below + 1, values.end()) - lower);
}

std::vector<float> gathered(const torch::Tensor& slice, const torch::Tensor& usable) {
    const auto values = slice.masked_select(usable).contiguous();
    const float* first = values.data_ptr<float>();
    return {first, first + values.numel()};
}

}  // namespace

torch::Tensor scaled_by_percentile(const torch::Tensor& intensities, const torch::Tensor& inside,
                                   double percentile, double clip) {
    const auto raw = intensities.to(torch::kCPU, torch::kFloat32);
    const auto usable = usable_pixels(raw, inside.to(torch::kCPU));
    auto scaled = raw.masked_fill(usable.logical_not(), 0.0);
    for (std::int64_t i = 0; i < scaled.size(0); ++i) {
        auto values = gathered(raw[i], usable[i]);
        const double white = percentile_of(values, percentile);
        if (white > 0.0) {
            scaled[i].div_(white).clamp_(0.0, clip);
        } else {
            scaled[i].zero_();
        }
    }
    return scaled;
}

torch::Tensor zscored(const torch::Tensor& scaled, const torch::Tensor& inside) {
    const auto weight = usable_pixels(scaled, inside).to(torch::kFloat64);
    const auto values = scaled.to(torch::kFloat64);
    const auto count = weight.sum({1, 2}, true).clamp_min(1.0);
    const auto mean = (values * weight).sum({1, 2}, true) / count;
    const auto variance = ((values - mean).square() * weight).sum({1, 2}, true) / count;
    return ((values - mean) / variance.sqrt().clamp_min(kSmallestDeviation)).to(torch::kFloat32);
}

torch::Tensor network_input(const torch::Tensor& intensities, const torch::Tensor& inside,
                            const InputPlan& plan) {
    if (plan.intensity == IntensityRule::unchanged) {
        const auto raw = intensities.to(torch::kCPU, torch::kFloat32);
        return raw.masked_fill(usable_pixels(raw, inside.to(torch::kCPU)).logical_not(), 0.0).unsqueeze(1);
    }
    if (plan.intensity == IntensityRule::percentile_255) {
        return scaled_by_percentile(intensities, inside, plan.percentile, 1.0)
            .mul_(kOriginalWhite)
            .unsqueeze(1);
    }
    const auto scaled = scaled_by_percentile(intensities, inside, plan.percentile, plan.clip);
    return zscored(scaled, inside.to(torch::kCPU)).unsqueeze(1);
}

}  // namespace spineseg
