// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/training/initial_weights.h"

#include "core/digest.h"
#include "worker/inference/networks.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

struct WeightsFile {
    fs::path file;
    std::string source;
    std::string expected_sha256;  ///< empty: nobody promised one
};

Result<WeightsFile> locate(const fs::path& file_or_bundle, TrainedNetwork network) {
    std::error_code ignored;
    if (!fs::is_directory(file_or_bundle, ignored))
        return WeightsFile{file_or_bundle, file_or_bundle.filename().string(), ""};
    const auto manifest = ModelManifest::read(file_or_bundle);
    if (!manifest) return failure(manifest.error());
    const std::string source = manifest->id + " " + manifest->version;
    const auto& members = network == TrainedNetwork::presegmentation ? manifest->presegmentation.members
                                                                     : manifest->diffusion.members;
    if (members.empty())
        return failure(ErrorCode::model_invalid,
                       source + " has no " + to_string(network) + " whose weights could be taken");
    return WeightsFile{file_or_bundle / members.front().file, source, members.front().sha256};
}

Result<void> fits(const TensorMap& tensors, TrainedNetwork network, const ModelManifest& plan) {
    if (network == TrainedNetwork::presegmentation) {
        PresegmentationUNet unet(plan.presegmentation.widths);
        return load_state(*unet, tensors);
    }
    SpineSegDiff diffusion(plan.diffusion.widths, plan.diffusion.image_encoder);
    return load_state(*diffusion, tensors);
}

}  // namespace

const char* to_string(TrainedNetwork network) {
    return network == TrainedNetwork::presegmentation ? "presegmentation" : "diffusion";
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
    if (const auto fit = fits(content->tensors, network, plan); !fit)
        return failure(fit.error().code, located->file.string() + " does not fit the " + to_string(network) +
                                             " that the manifest plans: " + fit.error().detail);
    return InitialWeights{std::move(content->tensors), located->source, digest};
}

}  // namespace spineseg
