// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/test_time_scale.h"

#include <torch/torch.h>

#include "worker/inference/networks/networks.h"

#include <cmath>

namespace spineseg {
namespace {

std::int64_t side_of(std::int64_t side, double scale) {
    const auto enlarged = static_cast<std::int64_t>(std::ceil(static_cast<double>(side) * scale));
    return (enlarged + kPoolingMultiple - 1) / kPoolingMultiple * kPoolingMultiple;
}

/// The image enlarged `scale` times about its centre, on a grid of that size. The scale holds exactly,
/// whatever the size was rounded to.
torch::Tensor resampled(const torch::Tensor& image, double scale, std::int64_t rows, std::int64_t columns) {
    // affine_grid maps the output's −1..1 (pixel edges) to the input's.
    const double x = static_cast<double>(columns) / (static_cast<double>(image.size(3)) * scale);
    const double y = static_cast<double>(rows) / (static_cast<double>(image.size(2)) * scale);
    const auto theta = torch::tensor({x, 0.0, 0.0, 0.0, y, 0.0}, image.options())
                           .reshape({1, 2, 3})
                           .repeat({image.size(0), 1, 1});
    namespace F = torch::nn::functional;
    const auto grid = F::affine_grid(theta, {image.size(0), 1, rows, columns}, /*align_corners=*/false);
    return F::grid_sample(
        image, grid,
        F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kBorder).align_corners(false));
}

}  // namespace

torch::Tensor averaged_over_scales(const torch::Tensor& image, const std::vector<double>& scales,
                                   const std::function<torch::Tensor(const torch::Tensor&)>& network) {
    torch::Tensor sum;
    for (const double scale : scales) {
        torch::Tensor answer;
        if (scale == 1.0) {
            answer = network(image);
        } else {
            const auto enlarged =
                resampled(image, scale, side_of(image.size(2), scale), side_of(image.size(3), scale));
            answer = resampled(network(enlarged), 1.0 / scale, image.size(2), image.size(3));
        }
        sum = sum.defined() ? sum + answer : answer;
    }
    return scales.size() == 1 ? sum : sum / static_cast<double>(scales.size());
}

}  // namespace spineseg
