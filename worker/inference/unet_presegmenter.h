// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Our own U-Net as presegmenter. Standardised slices in, softmax out. One thread at a time.

#include "worker/inference/networks.h"
#include "worker/inference/presegmenter.h"

namespace spineseg {

class UNetPresegmenter : public Presegmenter {
  public:
    /// The network is loaded, on its device and in evaluation mode.
    explicit UNetPresegmenter(PresegmentationUNet network) : network_(std::move(network)) {}
    torch::Tensor probabilities(const SliceStack& stack, std::int64_t first_slice,
                                const torch::Tensor& network_input) override;

  private:
    PresegmentationUNet network_;
};

}  // namespace spineseg
