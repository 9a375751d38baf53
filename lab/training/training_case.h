// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the networks are trained on: slices on the model grid with their labels, and the one packed file
/// that carries them to another machine. Values.

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "lab/training/case_name.h"
#include "worker/inference/presegmentation/slice_stack.h"

namespace spineseg {

struct TrainingCase {
    std::string id;  ///< the data set's patient or series number; "phantom-…" for synthetic ones
    SliceStack slices;
    /// float16 [N, 3, H, W] in 0..1: how much of each pixel a structure covers, in core's Structure order.
    torch::Tensor shares;
    /// float16 [N, 1, H, W] in 0..1: how much of each pixel nobody has labelled (nnU-Net's ignore label).
    /// Undefined where the truth is complete.
    torch::Tensor unknown = {};
    bool synthetic = false;

    bool partial() const { return unknown.defined(); }
};

/// uint8 [N, H, W], 0 background, 1 + core's Structure → shares of 0 and 1.
torch::Tensor labels_as_shares(const torch::Tensor& labels);
/// The class with the largest share of each pixel; equal shares go to the structure before the background.
torch::Tensor likeliest_labels(const torch::Tensor& shares);

/// A safetensors file with intensities as float16, for `spineseg-lab train --packed`.
Result<void> write_packed(const std::filesystem::path& file, const std::vector<TrainingCase>& cases);
Result<std::vector<TrainingCase>> read_packed(const std::filesystem::path& file);

}  // namespace spineseg
