// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The presegmentation of a stack, slice by slice: the presegmenter's members, each mixed with what it says
/// of the neighbouring slices and tempered, as the manifest says. Keeps three slices at most. One thread at a
/// time.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <map>

#include "config/model_manifest.h"
#include "worker/inference/presegmenter.h"
#include "worker/inference/segmenter.h"

namespace spineseg {

class PresegmentationPass {
  public:
    /// `input` gives the network input [1,1,H,W] of a slice. All arguments must outlive the pass.
    PresegmentationPass(Presegmenter& presegmenter, const ModelManifest& manifest, const SliceStack& stack,
                        std::function<torch::Tensor(std::int64_t slice)> input);

    /// [M,4,H,W]: each member's distribution. Ask for slices in ascending order.
    torch::Tensor members(std::int64_t slice);

  private:
    /// What the presegmenter says of a slice by itself; remembered until its neighbours are done.
    const torch::Tensor& alone(std::int64_t slice);

    Presegmenter& presegmenter_;
    const SliceStack& stack_;
    std::function<torch::Tensor(std::int64_t)> input_;
    double temperature_;
    double neighbour_weight_;  ///< 0 where the slices lie too far apart
    std::map<std::int64_t, torch::Tensor> known_;
};

}  // namespace spineseg
