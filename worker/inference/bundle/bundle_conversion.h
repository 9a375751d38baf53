// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Networks that were trained elsewhere, put into a bundle: each function tries them as the worker will load
/// them, writes their files into the folder, which a refused network leaves as it was, and returns the
/// manifest with their names and digests. Temperatures and verdict thresholds, which were fitted to other
/// networks, go back to their defaults; nothing else of the manifest changes, and nothing is written to it:
/// write_manifest() does, once all is well. Errors name the file and the tensor, field or label. No state;
/// any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/nnunet/model_folder.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

/// The denoiser's weights as member number `member` of `manifest.diffusion`, whose widths they must have.
Result<ModelManifest> put_spinesegdiff(const std::filesystem::path& bundle_folder, ModelManifest manifest,
                                       const TensorMap& weights, std::size_t member);

/// Names of the data set's labels for each of our classes.
struct LabelNames {
    std::vector<std::string> background{"background"};
    std::vector<std::string> canal, vertebra, disc;
};

struct NnUNetConversion {
    LabelNames labels;
    bool mirroring = true;
};

/// The folds as the presegmenter's members, plans.json and dataset.json beside them.
Result<ModelManifest> put_nnunet(const std::filesystem::path& bundle_folder, ModelManifest manifest,
                                 const nnunet::ModelFolder& model, const NnUNetConversion& conversion);

/// The modules' files, copied as they are, as the presegmenter's members.
Result<ModelManifest> put_torchscript(const std::filesystem::path& bundle_folder, ModelManifest manifest,
                                      const std::vector<std::filesystem::path>& modules,
                                      TorchScriptOutput output, const OutputChannels& channels);

/// Copies what the manifest names and `bundle_folder` lacks from the bundle `from`; gives the names of the
/// files that it does not have either, in the form in which the manifest means them.
Result<std::vector<std::string>> complete_bundle(const std::filesystem::path& bundle_folder,
                                                 const std::filesystem::path& from,
                                                 const ModelManifest& manifest);

Result<void> write_manifest(const std::filesystem::path& bundle_folder, const ModelManifest& manifest);

}  // namespace spineseg
