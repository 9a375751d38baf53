// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/initial_weights.h"

#include "core/digest.h"
#include "lab/training/network_growth.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kGrowthSeed = 1;

struct WeightsFile {
    fs::path file;
    std::string source;
    std::string expected_sha256;  ///< empty: nobody promised one
};

Result<WeightsFile> locate(const fs::path& file_or_bundle, TrainedNetwork network) {
    std::error_code ignored;
    if (!fs::is_directory(file_or_bundle, ignored))
        return WeightsFile{file_or_bundle, file_or_bundle.filename().string(), ""};
    auto manifest = ModelManifest::read(file_or_bundle);
    if (!manifest) return failure(manifest.error());
    const std::string source = manifest->id + " " + manifest->version;
    const auto members = members_of(*manifest, network);
    if (members.empty())
        return failure(ErrorCode::model_invalid,
                       source + " has no " + to_string(network) + " whose weights could be taken");
    return WeightsFile{file_or_bundle / members.front()->file, source, members.front()->sha256};
}

/// The state of an untrained network as the manifest plans it.
TensorMap planned_state(TrainedNetwork network, const ModelManifest& plan) {
    if (network == TrainedNetwork::presegmentation)
        return state_of(*PresegmentationUNet(plan.presegmentation.widths));
    if (network == TrainedNetwork::anchor) return state_of(*PresegmentationUNet(plan.anchor.value().widths));
    return state_of(*SpineSegDiff(plan.diffusion.widths, plan.diffusion.image_encoder));
}

}  // namespace

const char* to_string(TrainedNetwork network) {
    switch (network) {
        case TrainedNetwork::presegmentation:
            return "presegmentation";
        case TrainedNetwork::diffusion:
            return "diffusion";
        case TrainedNetwork::anchor:
            break;
    }
    return "anchor";
}

std::vector<BundleFile*> members_of(ModelManifest& manifest, TrainedNetwork network) {
    std::vector<BundleFile*> members;
    if (network == TrainedNetwork::anchor) {
        if (manifest.anchor) members.push_back(&manifest.anchor->network);
        return members;
    }
    auto& files = network == TrainedNetwork::presegmentation ? manifest.presegmentation.members
                                                             : manifest.diffusion.members;
    for (auto& file : files) members.push_back(&file);
    return members;
}

Result<InitialWeights> read_initial_weights(const fs::path& file_or_bundle, TrainedNetwork network,
                                            const ModelManifest& plan) {
    const auto located = locate(file_or_bundle, network);
    if (!located) return failure(located.error());
    const auto bytes = read_weights_file(located->file);
    if (!bytes) return failure(bytes.error());
    const std::string digest = sha256_hex(*bytes);
    if (!located->expected_sha256.empty() && digest != located->expected_sha256)
        return failure(ErrorCode::model_invalid,
                       located->file.string() + " does not have the digest that its manifest names");
    auto content = parse_safetensors(*bytes);
    if (!content)
        return failure(content.error().code, located->file.string() + ": " + content.error().detail);
    auto weights = grown(content->tensors, planned_state(network, plan), kGrowthSeed);
    if (!weights)
        return failure(ErrorCode::model_invalid, located->file.string() + " does not fit the " +
                                                     to_string(network) +
                                                     " that the manifest plans: " + weights.error().detail);
    return InitialWeights{std::move(*weights), located->source, digest};
}

}  // namespace spineseg
