// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// nnU-Net's prediction of a plane that is larger or smaller than the network's patch: overlapping windows,
/// each mirrored and averaged, weighted by a Gaussian around its centre. Sums are rounded to half precision
/// after every addition, as nnU-Net's are. Throws c10::Error. No state; any thread.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "worker/inference/nnunet/configuration.h"

namespace spineseg::nnunet {

struct Window {
    Size patch{};
    double step = 0.5;             ///< between windows at most, as a fraction of the patch
    std::vector<int> mirror_axes;  ///< 0: rows, 1: columns; every combination of them is averaged
};

/// First pixels of the windows along an axis that is at least as long as the patch.
std::vector<std::int64_t> window_starts(std::int64_t length, std::int64_t patch, double step);

/// Weight of each pixel of a window, float32, 10 in the middle and never 0. Rounded through float16 as
/// nnU-Net's is.
torch::Tensor window_importance(const Size& patch);

/// [1, 1, patch] → logits [1, classes, patch].
using PatchNetwork = std::function<torch::Tensor(const torch::Tensor& patch)>;

/// nnU-Net adds up windows and folds in half precision, and rounds its logits by up to 1/2048 of their size;
/// so do we, to give the same. float32 → float32.
torch::Tensor as_accumulated(const torch::Tensor& logits);

/// [H, W] → logits [classes, H, W]. A plane smaller than the patch is padded with zeros around it. Logits so
/// large that half precision cannot hold their sum are refused, as by nnU-Net.
torch::Tensor predict_plane(const torch::Tensor& plane, const Window& window, const PatchNetwork& network);

}  // namespace spineseg::nnunet
