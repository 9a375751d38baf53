// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A foreign network's channels as our classes, by the manifest's lists. No state; any thread.

#include <torch/types.h>

#include <cstdint>

#include "config/model_manifest.h"
#include "core/result.h"

namespace spineseg {

/// The network has every channel that the manifest lists: model_invalid otherwise.
Result<void> check_channels(const OutputChannels& channels, std::int64_t network_channels);

/// Distributions over the network's channels, [N, C, H, W], as ours: [N, 4, H, W].
torch::Tensor class_probabilities(const torch::Tensor& network, const OutputChannels& channels);

}  // namespace spineseg
