// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The coarse segmentation that starts the diffusion, or is the result itself. One interface for our network,
/// nnU-Net and TorchScript. Deterministic. Throws c10::Error. One thread at a time.

#include <torch/types.h>

#include <cstdint>

namespace spineseg {

struct SliceStack;

class Presegmenter {
  public:
    virtual ~Presegmenter() = default;
    /// Class probabilities [M,N,4,H,W] (background, canal, vertebra, disc; they sum to 1; float32, on the
    /// network's device) that each of the M members of its ensemble gives the N slices from `first_slice` on.
    /// The presegmentation is their mean; their disagreement counts as uncertainty. A presegmenter that
    /// combines its members by a rule of its own returns one. `network_input` [N,1,H,W] is what the
    /// manifest's intensity rule makes of the slices; `stack` holds the raw ones, for a presegmenter that has
    /// a rule of its own or looks at neighbours.
    virtual torch::Tensor probabilities(const SliceStack& stack, std::int64_t first_slice,
                                        const torch::Tensor& network_input) = 0;
    /// The networks' answer to one picture [1,1,H,W], to see how long a call takes; undefined where the kind has no
    /// networks of ours.
    virtual torch::Tensor rehearse(const torch::Tensor& /*network_input*/) { return {}; }
};

}  // namespace spineseg
