// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// TorchScript modules as presegmenter: [N,1,H,W] float32 as the manifest's intensity rule makes it →
/// [N,C,H,W], logits or probabilities as the manifest says. A module is a program: LibTorch runs what it
/// says, within this process. Its digest says that it is the one that the manifest's author meant, not that
/// it is harmless; the worker's cage (worker/cage/cage.h) is what stands around it. One thread at a
/// time.

#include <filesystem>
#include <memory>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/presegmentation/presegmenter.h"

namespace spineseg {

class TorchScriptPresegmenter : public Presegmenter {
  public:
    /// From the bundle's files. Each module is tried on a black image: model_invalid where its answer has
    /// not the shape, the numbers or the channels that the manifest says.
    static Result<std::unique_ptr<Presegmenter>> load(const std::filesystem::path& bundle_folder,
                                                      const ModelManifest& manifest,
                                                      const torch::Device& device);
    ~TorchScriptPresegmenter() override;
    /// Throws c10::Error where an answer has another shape, is not finite or is no distribution.
    torch::Tensor probabilities(const SliceStack& stack, std::int64_t first_slice,
                                const torch::Tensor& network_input) override;

  private:
    struct Modules;
    TorchScriptPresegmenter(std::unique_ptr<Modules> modules, PresegmentationPlan plan);
    std::unique_ptr<Modules> modules_;
    PresegmentationPlan plan_;
};

}  // namespace spineseg
