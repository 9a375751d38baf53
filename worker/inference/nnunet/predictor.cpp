// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/predictor.h"

#include <torch/torch.h>

#include <algorithm>

#include "worker/inference/nnunet/case_normalization.h"
#include "worker/inference/nnunet/resampling.h"
#include "worker/inference/nnunet/sliding_window.h"

namespace spineseg::nnunet {
namespace {

constexpr double kAnisotropy = 3.0;  ///< nnU-Net's ANISO_THRESHOLD

/// nnU-Net resamples the planes of a clearly anisotropic case one by one, else the case as a volume. The
/// slices stay where they are, so that only the range to which the spline is clipped differs.
bool planes_are_separate(const Configuration& configuration, const std::array<double, 3>& spacing_mm) {
    if (configuration.separate_planes) return *configuration.separate_planes;
    if (spacing_mm[0] <= 0.0) return true;
    const auto apart = [](double slices, double rows, double columns) {
        return slices > std::max(rows, columns) && slices / std::min(rows, columns) > kAnisotropy;
    };
    return apart(spacing_mm[0], spacing_mm[1], spacing_mm[2]) ||
           apart(spacing_mm[0], configuration.spacing_mm[0], configuration.spacing_mm[1]);
}

std::pair<double, double> range_of(const torch::Tensor& plane) {
    return {plane.min().item<double>(), plane.max().item<double>()};
}

}  // namespace

Predictor::Predictor(Configuration configuration, std::vector<std::unique_ptr<Network>> folds,
                     PredictorOptions options, const torch::Device& device)
    : configuration_(std::move(configuration)),
      folds_(std::move(folds)),
      options_(std::move(options)),
      device_(device) {}

torch::Tensor Predictor::logits(const torch::Tensor& plane, Precision precision) const {
    const Window window{configuration_.patch, options_.tile_step, options_.mirror_axes};
    torch::Tensor sum;
    for (const auto& fold : folds_) {
        const auto one = predict_plane(
            plane, window, [&](const torch::Tensor& patch) { return fold->logits(patch, precision); });
        sum = sum.defined() ? as_accumulated(sum + one) : one;
    }
    return as_accumulated(sum / static_cast<double>(folds_.size()));
}

torch::Tensor Predictor::probabilities(const Case& whole, std::int64_t first, std::int64_t count,
                                       Precision precision) const {
    const CaseNormalization scaled(whole.planes, configuration_);
    const auto labels = static_cast<std::int64_t>(configuration_.labels.size());
    auto result = torch::zeros({count, labels, whole.planes.size(1), whole.planes.size(2)},
                               torch::TensorOptions(torch::kFloat32).device(device_));
    result.select(1, 0).fill_(1.0);  // what was cropped away is background
    const Box& box = scaled.box();
    const Size cropped{box.rows(), box.columns()};
    const std::array<double, 2> in_plane{whole.spacing_mm[1], whole.spacing_mm[2]};
    const Size target = resampled_size(cropped, in_plane, configuration_.spacing_mm);
    const bool separate = planes_are_separate(configuration_, whole.spacing_mm);
    for (std::int64_t slice = first; slice < first + count; ++slice) {
        if (!scaled.holds_slice(slice) || target[0] < 1 || target[1] < 1) continue;
        const auto plane = scaled.plane(slice);
        const auto [low, high] = separate ? range_of(plane) : scaled.range();
        const auto resampled = resample_planes(plane, target, configuration_.image_order).clamp(low, high);
        const auto on_grid = resample_planes(logits(resampled.to(device_), precision), cropped,
                                             configuration_.probability_order);
        result[slice - first]
            .narrow(1, box.first[1], cropped[0])
            .narrow(2, box.first[2], cropped[1])
            .copy_(torch::softmax(on_grid, 0));
    }
    return result;
}

}  // namespace spineseg::nnunet
