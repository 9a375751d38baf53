// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/sliding_window.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace spineseg::nnunet {
namespace {

constexpr double kSigma = 1.0 / 8.0;  ///< of the patch
constexpr double kTruncation = 4.0;   ///< sigmas, scipy's default
constexpr double kLargestWeight = 10.0;

/// scipy.ndimage.gaussian_filter of a single one at the centre, relative to its largest value.
torch::Tensor bell(std::int64_t length) {
    const double sigma = static_cast<double>(length) * kSigma;
    const auto radius = static_cast<std::int64_t>(kTruncation * sigma + 0.5);
    auto values = torch::zeros({length}, torch::kFloat64);
    auto entries = values.accessor<double, 1>();
    for (std::int64_t i = 0; i < length; ++i) {
        const auto distance = i - length / 2;
        if (std::abs(distance) <= radius)
            entries[i] = std::exp(-0.5 * static_cast<double>(distance * distance) / (sigma * sigma));
    }
    return values;
}

/// The network's logits, averaged over the image and its mirrored copies.
torch::Tensor mirrored_logits(const torch::Tensor& patch, const Window& window, const PatchNetwork& network) {
    auto sum = network(patch);
    const unsigned combinations = 1u << window.mirror_axes.size();
    for (unsigned chosen = 1; chosen < combinations; ++chosen) {
        std::vector<std::int64_t> axes;
        for (std::size_t i = 0; i < window.mirror_axes.size(); ++i) {
            if (chosen >> i & 1) axes.push_back(2 + window.mirror_axes[i]);
        }
        sum = sum + torch::flip(network(torch::flip(patch, axes)), axes);
    }
    return sum / static_cast<double>(combinations);
}

}  // namespace

std::vector<std::int64_t> window_starts(std::int64_t length, std::int64_t patch, double step) {
    const auto last = static_cast<double>(length - patch);
    const auto steps = static_cast<std::int64_t>(std::ceil(last / (static_cast<double>(patch) * step)));
    std::vector<std::int64_t> starts{0};
    for (std::int64_t i = 1; i <= steps; ++i)
        starts.push_back(static_cast<std::int64_t>(
            std::nearbyint(last / static_cast<double>(steps) * static_cast<double>(i))));
    return starts;
}

torch::Tensor window_importance(const Size& patch) {
    auto weights = (torch::outer(bell(patch[0]), bell(patch[1])) * kLargestWeight)
                       .to(torch::kFloat16)
                       .to(torch::kFloat32);
    const auto smallest = weights.masked_select(weights > 0).min();
    return torch::where(weights > 0, weights, smallest);
}

torch::Tensor as_accumulated(const torch::Tensor& logits) {
    return logits.to(torch::kFloat16).to(torch::kFloat32);
}

torch::Tensor predict_plane(const torch::Tensor& plane, const Window& window, const PatchNetwork& network) {
    const auto rows = plane.size(0), columns = plane.size(1);
    const auto [patch_rows, patch_columns] = window.patch;
    const auto more_rows = std::max<std::int64_t>(patch_rows - rows, 0);
    const auto more_columns = std::max<std::int64_t>(patch_columns - columns, 0);
    const auto top = more_rows / 2, left = more_columns / 2;
    const auto padded = torch::constant_pad_nd(plane, {left, more_columns - left, top, more_rows - top}, 0.0);
    const auto weights = window_importance(window.patch).to(plane.device());
    torch::Tensor sum, total = torch::zeros(padded.sizes(), padded.options());
    for (const auto row : window_starts(padded.size(0), patch_rows, window.step)) {
        for (const auto column : window_starts(padded.size(1), patch_columns, window.step)) {
            const auto place = [&, row = row, column = column](const torch::Tensor& x) {
                return x.narrow(-2, row, patch_rows).narrow(-1, column, patch_columns);
            };
            const auto patch = place(padded).unsqueeze(0).unsqueeze(0).contiguous();
            const auto logits = mirrored_logits(patch, window, network)[0];
            if (!sum.defined())
                sum = torch::zeros({logits.size(0), padded.size(0), padded.size(1)}, logits.options());
            place(sum).copy_(as_accumulated(place(sum) + logits * weights));
            place(total).copy_(as_accumulated(place(total) + weights));
        }
    }
    TORCH_CHECK(
        torch::isfinite(sum).all().item<bool>(),
        "nnU-Net: the network's logits are not finite, or their weighted sum is beyond half precision's "
        "65504");
    return as_accumulated(sum / total).narrow(1, top, rows).narrow(2, left, columns);
}

}  // namespace spineseg::nnunet
