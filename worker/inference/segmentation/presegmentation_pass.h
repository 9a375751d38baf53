// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The presegmentation of a stack, slice by slice: the presegmenter's members, each mixed with what it says
/// of the neighbouring slices and tempered, as the manifest says. Keeps a batch and two slices at most. One
/// thread at a time.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <map>

#include "config/model_manifest.h"
#include "worker/inference/presegmentation/presegmenter.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/batch_size.h"

namespace spineseg {

class PresegmentationPass {
  public:
    /// Network input [count,1,H,W] of the slices from `first` on.
    using Input = std::function<torch::Tensor(std::int64_t first, std::int64_t count)>;

    /// `batch` slices go through the presegmenter together. The references must outlive the pass.
    PresegmentationPass(Presegmenter& presegmenter, const ModelManifest& manifest, const SliceStack& stack,
                        Input input, BatchSize batch);

    /// [M,4,H,W]: each member's distribution. Ask for slices in ascending order.
    torch::Tensor members(std::int64_t slice);

  private:
    /// What the presegmenter says of a slice by itself; remembered until its neighbours are done.
    const torch::Tensor& alone(std::int64_t slice);

    Presegmenter& presegmenter_;
    const SliceStack& stack_;
    Input input_;
    BatchSize batch_;
    double temperature_;
    double neighbour_weight_;  ///< 0 where the slices lie too far apart
    std::map<std::int64_t, torch::Tensor> known_;
};

}  // namespace spineseg
