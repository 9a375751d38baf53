// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A folder with a manifest and weights becomes networks. The digests are checked over the very bytes that
/// are then parsed; anything that is not what the manifest claims is model_invalid, by name. Values (module
/// handles); no thread of its own.

#include <torch/types.h>

#include <filesystem>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/networks.h"

namespace spineseg {

struct ModelBundle {
    ModelManifest manifest;
    PresegmentationUNet presegmentation{nullptr};
    SpineSegDiff diffusion{nullptr};
};

/// Networks in evaluation mode, without gradients, on `device`.
Result<ModelBundle> load_bundle(const std::filesystem::path& folder, const torch::Device& device);

/// What training and tools write: both weights files, then the manifest with their digests filled in.
Result<void> write_bundle(const std::filesystem::path& folder, const ModelBundle& bundle,
                          torch::ScalarType weight_type = torch::kFloat32);

}  // namespace spineseg
