// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Weights that a run starts from instead of random numbers (fine-tuning). Hostile until checked, like every
/// weights file. Values; any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

/// The networks of a bundle, each trained by a run of its own.
enum class TrainedNetwork { presegmentation, diffusion, anchor };
const char* to_string(
    TrainedNetwork network);  ///< "presegmentation", "diffusion", "anchor": also the keys of training.json

/// The manifest's entries for this network's weights files; the anchor has one, or none.
std::vector<BundleFile*> members_of(ModelManifest& manifest, TrainedNetwork network);

struct InitialWeights {
    TensorMap tensors;   ///< empty: the network starts from random numbers, or as its trainer chooses
    std::string source;  ///< the file's name, or "id version" of a bundle
    std::string sha256;  ///< of the weights file
};

/// From a safetensors file, or from a bundle's folder: then its manifest names the file (its first member),
/// and the digest must agree. The tensors must be exactly those of the network that `plan` describes, or of
/// one that is narrower by whole factors and is grown (network_growth.h): model_invalid names the first that
/// is missing, surplus or misshapen, and the file. file_not_found, file_unreadable.
Result<InitialWeights> read_initial_weights(const std::filesystem::path& file_or_bundle,
                                            TrainedNetwork network, const ModelManifest& plan);

}  // namespace spineseg
