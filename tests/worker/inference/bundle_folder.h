// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An empty folder for a bundle that a test converts, and a plan to start from; the folder goes when it does.

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

#include "config/model_manifest.h"

namespace spineseg {

class BundleFolder {
  public:
    BundleFolder()
        : folder_(std::filesystem::path(::testing::TempDir()) /
                  ("spineseg_converted_" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directories(folder_);
    }
    ~BundleFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    BundleFolder(const BundleFolder&) = delete;
    BundleFolder& operator=(const BundleFolder&) = delete;

    const std::filesystem::path& path() const { return folder_; }

    /// A presegmentation without a denoiser behind it, on a model grid of 64 × 48 pixels of 1 mm.
    static ModelManifest plan() {
        ModelManifest manifest;
        manifest.id = "converted";
        manifest.version = "1.0.0";
        manifest.description = "random weights";
        manifest.licence = "GPL-3.0-or-later";
        manifest.attribution = "none";
        manifest.input.canvas_rows = 64;
        manifest.input.canvas_columns = 48;
        manifest.diffusion.widths = {16, 16, 16, 16, 16, 16};
        manifest.diffusion.samples = 0;
        return manifest;
    }

  private:
    std::filesystem::path folder_;
};

}  // namespace spineseg
