// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A folder with a manifest and weights becomes networks. Anything that is not what the manifest claims is
/// model_invalid, by name. Owns its networks; one thread at a time.

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/presegmentation/presegmenter.h"

namespace spineseg {

struct ModelBundle {
    ModelManifest manifest;
    std::unique_ptr<Presegmenter> presegmenter;
    std::vector<SpineSegDiff> diffusion;  ///< one for each member
    PresegmentationUNet anchor{
        nullptr};  ///< empty where the manifest has none; classes: other, then AnchorClass
};

/// Networks in evaluation mode, without gradients, on `device`. TorchScript is a program: without
/// `trust_torchscript` a bundle that holds it is model_invalid, and nothing of it is run.
Result<ModelBundle> load_bundle(const std::filesystem::path& folder, const torch::Device& device,
                                bool trust_torchscript = false);

/// As many networks as the manifest has members.
struct BundleNetworks {
    std::vector<PresegmentationUNet> presegmentation;
    std::vector<SpineSegDiff> diffusion;
};

/// What training and tools write: every member's weights file, then the manifest with their digests filled
/// in. invalid_argument where networks and members do not match.
Result<void> write_bundle(const std::filesystem::path& folder, ModelManifest manifest,
                          const BundleNetworks& networks, torch::ScalarType weight_type = torch::kFloat32);

}  // namespace spineseg
