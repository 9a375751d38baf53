// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A real bundle of the smallest networks, with fixed random weights, in a folder of its own that goes when
/// it does.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <random>
#include <string>

#include "worker/inference/bundle/model_bundle.h"

namespace spineseg {

class SmallBundle {
  public:
    explicit SmallBundle(ModelManifest manifest = small_manifest())
        : folder_(std::filesystem::path(::testing::TempDir()) /
                  ("spineseg_bundle_" + std::to_string(std::random_device{}()))) {
        torch::manual_seed(20);
        for (std::size_t i = 0; i < manifest.presegmentation.members.size(); ++i)
            networks_.presegmentation.emplace_back(manifest.presegmentation.widths);
        for (std::size_t i = 0; i < manifest.diffusion.members.size(); ++i)
            networks_.diffusion.emplace_back(manifest.diffusion.widths, manifest.diffusion.image_encoder);
        manifest_ = std::move(manifest);
        write();
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
        manifest.presegmentation.members = {{"presegmentation.safetensors", ""}};
        manifest.diffusion.widths = {16, 16, 16, 16, 16, 16};
        manifest.diffusion.members = {{"diffusion.safetensors", ""}};
        return manifest;
    }

    /// Once more, after a test has changed weights.
    void write() const {
        const auto written = write_bundle(folder_, manifest_, networks_);
        if (!written) throw std::runtime_error(written.error().detail);
    }

    const std::filesystem::path& folder() const { return folder_; }
    const ModelManifest& manifest() const { return manifest_; }
    const BundleNetworks& networks() const { return networks_; }

  private:
    std::filesystem::path folder_;
    ModelManifest manifest_;  ///< as it was given: its digests are those of the manifest in the folder
    BundleNetworks networks_;
};

}  // namespace spineseg
