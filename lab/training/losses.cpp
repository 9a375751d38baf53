// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/losses.h"

#include <torch/torch.h>

#include "worker/inference/sampling/consensus.h"

namespace spineseg {

namespace {
constexpr double kSmoothing = 1e-5;
using torch::Tensor;

Tensor dice_loss(const Tensor& probability, const Tensor& target, at::IntArrayRef pooled) {
    const Tensor overlap = (probability * target).sum(pooled);
    const Tensor sizes = probability.sum(pooled) + target.sum(pooled);
    return (1 - (2 * overlap + kSmoothing) / (sizes + kSmoothing)).mean();
}
}  // namespace

DiffusionLoss diffusion_loss(const Tensor& logits, const Tensor& target) {
    const Tensor probability = torch::sigmoid(logits);
    return {.dice = dice_loss(probability, target, {2, 3}),
            .cross_entropy = torch::binary_cross_entropy_with_logits(logits, target),
            .squared_error = torch::mse_loss(probability, target)};
}

Tensor presegmentation_loss(const Tensor& logits, const Tensor& target, const Tensor& known,
                            double dice_weight) {
    const Tensor classes = exclusive_distribution(target);
    const Tensor cross_entropy = -(classes * torch::log_softmax(logits, 1)).sum(1, /*keepdim=*/true);
    const Tensor probability = torch::softmax(logits, 1).slice(1, 1);
    if (!known.defined())
        return cross_entropy.mean() + dice_weight * dice_loss(probability, target, {0, 2, 3});
    return (cross_entropy * known).sum() / known.sum().clamp_min(1) +
           dice_weight * dice_loss(probability * known, target * known, {0, 2, 3});
}

}  // namespace spineseg
