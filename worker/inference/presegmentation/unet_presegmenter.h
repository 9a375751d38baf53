// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Our own U-Net as presegmenter: several of the same widths (folds or seeds), each at several test-time
/// scales. Standardised slices in, softmax out, a member's scales averaged. One thread at a time.

#include <vector>

#include "worker/inference/networks/networks.h"
#include "worker/inference/presegmentation/presegmenter.h"

namespace spineseg {

class UNetPresegmenter : public Presegmenter {
  public:
    /// The networks are loaded, on their device and in evaluation mode; at least one, and at least one scale.
    UNetPresegmenter(std::vector<PresegmentationUNet> networks, std::vector<double> scales)
        : networks_(std::move(networks)), scales_(std::move(scales)) {}
    torch::Tensor probabilities(const SliceStack& stack, std::int64_t first_slice,
                                const torch::Tensor& network_input) override;
    torch::Tensor rehearse(const torch::Tensor& network_input) override {
        return networks_.front()->forward(network_input);
    }

  private:
    std::vector<PresegmentationUNet> networks_;
    std::vector<double> scales_;
};

}  // namespace spineseg
