// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/predictor.h"

#include <torch/torch.h>

#include "worker/inference/nnunet/case_normalization.h"
#include "worker/inference/nnunet/resampling.h"
#include "worker/inference/nnunet/sliding_window.h"

namespace spineseg::nnunet {
namespace {

/// What nnU-Net's reader of single pictures takes as the distance to the next one.
constexpr double kFarSlicesMm = 999.0;

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
    const double between = whole.spacing_mm[0] > 0.0 ? whole.spacing_mm[0] : kFarSlicesMm;
    const std::array<double, 3> case_mm{between, in_plane[0], in_plane[1]};
    const std::array<double, 3> plan_mm{between, configuration_.spacing_mm[0], configuration_.spacing_mm[1]};
    const auto apart = axis_apart(configuration_.images, case_mm, plan_mm);
    const auto apart_on_return = axis_apart(configuration_.logits, plan_mm, case_mm);
    for (std::int64_t slice = first; slice < first + count; ++slice) {
        if (!scaled.holds_slice(slice) || target[0] < 1 || target[1] < 1) continue;
        const auto resampled = resample_planes(scaled.plane(slice), target, configuration_.images, apart,
                                               scaled.bounds(slice, apart));
        const auto on_grid = resample_planes(logits(resampled.to(device_), precision), cropped,
                                             configuration_.logits, apart_on_return);
        result[slice - first]
            .narrow(1, box.first[1], cropped[0])
            .narrow(2, box.first[2], cropped[1])
            .copy_(torch::softmax(on_grid, 0));
    }
    return result;
}

}  // namespace spineseg::nnunet
