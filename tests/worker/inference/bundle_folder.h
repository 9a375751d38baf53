// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An empty folder for a bundle that a test converts, and a plan to start from; the folder goes when it does.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "config/model_manifest.h"
#include "tests/support/temporary_folder.h"

namespace spineseg {

class BundleFolder {
  public:
    const std::filesystem::path& path() const { return folder_.path(); }

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
    TemporaryFolder folder_;
};

}  // namespace spineseg
