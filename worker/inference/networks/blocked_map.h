// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Maps in blocked layout: [N, C/B, H, W, B], dense, where B neighbouring channels (8 or 16, a vector register of
/// the processor) of a pixel lie side by side. oneDNN calls it aBcd8b and aBcd16b. Such a tensor has five
/// dimensions, every other map of the networks four. Throws c10::Error. Any thread.

#include <torch/types.h>

namespace spineseg {

inline bool is_blocked(const torch::Tensor& x) {
    return x.dim() == 5;
}

/// [N, C, H, W] → blocked. C is a multiple of `block`.
torch::Tensor to_blocked(const torch::Tensor& x, std::int64_t block);
/// Blocked → the first `channels` of [N, C, H, W], dense.
torch::Tensor from_blocked(const torch::Tensor& x, std::int64_t channels);

/// Maximum of every two by two pixels; H and W are even.
torch::Tensor max_pooled(const torch::Tensor& blocked);
/// [skip, up] along the channels, where `quarters` [N, 4 · C/B, H, W, B] holds the pixels of `up` [N, C/B, 2H, 2W, B]: upper
/// left, upper right, lower left, lower right.
torch::Tensor joined(const torch::Tensor& skip, const torch::Tensor& quarters);
/// [G, ...] → [times * G, ...] in either layout, all of x after all of x.
torch::Tensor repeated_images(const torch::Tensor& x, std::int64_t times);

}  // namespace spineseg
