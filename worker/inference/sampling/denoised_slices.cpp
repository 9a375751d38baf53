// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/denoised_slices.h"

#include <torch/torch.h>

#include <utility>

#include "worker/inference/networks/blocked_map.h"

namespace spineseg {
namespace {

/// [G,...] → [times * G,...], copied: the fused norm would copy a broadcast map at every step.
torch::Tensor repeated(const torch::Tensor& x, std::int64_t times) {
    return !x.defined() || times == 1 ? x : repeated_images(x, times);
}

}  // namespace

DenoisedSlices::DenoisedSlices(torch::Tensor images, const torch::Tensor& presegmentation,
                               Prediction prediction)
    : images_(std::move(images)), mask_(likeliest_structure(presegmentation)) {
    if (prediction == Prediction::residual) basis_ = structure_logits(presegmentation);
}

void DenoisedSlices::encode(const SpineSegDiff& network) {
    network_ = network;
    features_ = network_->encode(images_);
    repeated_for_ = 0;
}

torch::Tensor DenoisedSlices::start(const Sampler& sampler, const torch::Tensor& noise) const {
    return sampler.start(noise.to(images_.device()), repeated(mask_, noise.size(0) / mask_.size(0)));
}

Denoise DenoisedSlices::denoiser(std::int64_t samples) {
    if (samples != repeated_for_) {
        repeated_features_.clear();  // before the next ones take their memory
        for (const auto& map : features_) repeated_features_.push_back(repeated(map, samples));
        repeated_for_ = samples;
    }
    return [network = network_, images = repeated(images_, samples), maps = repeated_features_,
            basis = repeated(basis_, samples)](const torch::Tensor& x, int timestep) mutable {
        const auto t =
            torch::full({x.size(0)}, timestep, torch::TensorOptions(torch::kInt64).device(x.device()));
        const auto logits = network->model->forward(images, x, t, maps);
        return basis.defined() ? logits + basis : logits;
    };
}

}  // namespace spineseg
