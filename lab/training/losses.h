// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What training minimises. Pure functions; float32.

#include <torch/types.h>

namespace spineseg {

/// SpineSegDiff's loss (docs/method.md §3.2), the sum of three with weight 1: Dice on sigmoid(logits) per
/// sample and channel, binary cross-entropy, mean squared error of sigmoid(logits). [N, 3, H, W] each;
/// targets may be partial.
struct DiffusionLoss {
    torch::Tensor dice, cross_entropy, squared_error;
    torch::Tensor total() const { return dice + cross_entropy + squared_error; }
};
DiffusionLoss diffusion_loss(const torch::Tensor& logits, const torch::Tensor& target);

/// Cross-entropy over {background, 3 structures} plus Dice of the structures' softmax, pooled over the batch.
/// `logits` [N, 4, H, W], `target` [N, 3, H, W] in 0..1. Pixels whose `known` [N, 1, H, W] is 0 do not count;
/// undefined: all are known. The Dice rewards covering what is uncertain and so draws structures too large;
/// `dice_weight` below 1 for a last phase reduces that.
torch::Tensor presegmentation_loss(const torch::Tensor& logits, const torch::Tensor& target,
                                   const torch::Tensor& known = {}, double dice_weight = 1);

}  // namespace spineseg
