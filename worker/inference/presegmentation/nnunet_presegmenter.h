// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A trained nnU-Net v2 model as presegmenter. It sees the raw slices on the model grid and follows its
/// own plans from there: crop, normalisation over the whole series, resampling, sliding window
/// (nnunet/predictor.h). Its folds are averaged as logits, so that it returns one member. The README says
/// what is equal to nnU-Net's own prediction and what is not. One thread at a time.

#include <filesystem>
#include <memory>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/nnunet/predictor.h"
#include "worker/inference/presegmentation/presegmenter.h"

namespace spineseg {

class NnUNetPresegmenter : public Presegmenter {
  public:
    /// From the bundle's files. model_invalid where one is missing, altered or not what the manifest says.
    static Result<std::unique_ptr<Presegmenter>> load(const std::filesystem::path& bundle_folder,
                                                      const ModelManifest& manifest,
                                                      const torch::Device& device);
    NnUNetPresegmenter(nnunet::Predictor predictor, const ModelManifest& manifest);
    torch::Tensor probabilities(const SliceStack& stack, std::int64_t first_slice,
                                const torch::Tensor& network_input) override;

  private:
    nnunet::Predictor predictor_;
    InputPlan input_;
    OutputChannels channels_;
};

}  // namespace spineseg
