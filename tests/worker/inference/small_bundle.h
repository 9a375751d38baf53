// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A real bundle of the smallest networks, with fixed random weights, in a folder of its own that goes when
/// it does.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <random>
#include <string>

#include "worker/inference/model_bundle.h"

namespace spineseg {

class SmallBundle {
  public:
    explicit SmallBundle(ModelManifest manifest = small_manifest())
        : folder_(std::filesystem::path(::testing::TempDir()) /
                  ("spineseg_bundle_" + std::to_string(std::random_device{}()))) {
        torch::manual_seed(20);
        bundle_.manifest = std::move(manifest);
        bundle_.presegmentation = PresegmentationUNet(bundle_.manifest.presegmentation.widths);
        bundle_.diffusion =
            SpineSegDiff(bundle_.manifest.diffusion.widths, bundle_.manifest.diffusion.image_encoder);
        const auto written = write_bundle(folder_, bundle_);
        if (!written) throw std::runtime_error(written.error().detail);
    }
    ~SmallBundle() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    SmallBundle(const SmallBundle&) = delete;
    SmallBundle& operator=(const SmallBundle&) = delete;

    static ModelManifest small_manifest() {
        ModelManifest manifest;
        manifest.id = "small";
        manifest.version = "1.0.0";
        manifest.description = "random weights";
        manifest.licence = "GPL-3.0-or-later";
        manifest.attribution = "none";
        manifest.presegmentation.widths = {16, 16, 16, 16, 16, 16};
        manifest.presegmentation.weights = "presegmentation.safetensors";
        manifest.diffusion.widths = {16, 16, 16, 16, 16, 16};
        manifest.diffusion.weights = "diffusion.safetensors";
        return manifest;
    }

    const std::filesystem::path& folder() const { return folder_; }
    const ModelBundle& bundle() const { return bundle_; }

  private:
    std::filesystem::path folder_;
    ModelBundle bundle_;
};

}  // namespace spineseg
