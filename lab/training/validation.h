// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How good the weights are now, on patients that the run does not train on: Dice on the model's grid, before
/// any postprocessing. For watching a run, and for choosing when to stop; the figures of a finished model
/// come from `spineseg-lab evaluate`, on the source's own grid. One thread at a time; changes no random state
/// that training draws from.

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "core/volume.h"
#include "lab/training/training_case.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

/// Pooled over the voxels of a case, mean over the cases that have the structure (in the truth or in the
/// result).
struct ValidationDice {
    std::array<std::optional<double>, kStructures>
        dice;                            ///< core's Structure order; nothing where no case has it
    std::optional<double> mean() const;  ///< over the structures that have one
};

/// Told the weights (the moving average) of the network that is being trained.
using Validator = std::function<Result<ValidationDice>(const TensorMap& weights)>;

Validator presegmentation_validator(std::vector<TrainingCase> cases, const ModelManifest& plan);

/// The whole pipeline's consensus with one sample and the manifest's steps. `scratch` is a folder that holds
/// the bundle as it would be shipped now, loadable like any other.
Validator diffusion_validator(std::vector<TrainingCase> cases, const ModelManifest& plan,
                              TensorMap presegmentation, std::filesystem::path scratch);

/// `masks` [N, 3, H, W] in {0, 1} against `labels` uint8 [N, H, W], one entry per case.
class DiceMean {
  public:
    void add(const torch::Tensor& masks, const torch::Tensor& labels);
    ValidationDice result() const;

  private:
    std::array<double, kStructures> sums_{};
    std::array<int, kStructures> counts_{};
};

}  // namespace spineseg
