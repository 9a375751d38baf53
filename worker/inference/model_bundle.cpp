// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/model_bundle.h"

#include <torch/torch.h>

#include <fstream>

#include "core/digest.h"
#include "worker/inference/safetensors.h"

namespace spineseg {
namespace {

constexpr const char* kManifestFile = "manifest.json";

Result<TensorMap> verified_tensors(const std::filesystem::path& file, const std::string& sha256) {
    const auto bytes = read_weights_file(file);
    if (!bytes) return failure(ErrorCode::model_invalid, bytes.error().detail);
    if (sha256_hex(*bytes) != sha256) {
        return failure(ErrorCode::model_invalid,
                       file.string() + " does not have the digest that its manifest names");
    }
    auto content = parse_safetensors(*bytes);
    if (!content) return failure(content.error().code, file.string() + ": " + content.error().detail);
    return std::move(content->tensors);
}

Result<void> fill(torch::nn::Module& network, const std::filesystem::path& file, const std::string& sha256,
                  const torch::Device& device) {
    const auto tensors = verified_tensors(file, sha256);
    if (!tensors) return failure(tensors.error());
    if (const auto loaded = load_state(network, *tensors); !loaded) {
        return failure(loaded.error().code, file.string() + ": " + loaded.error().detail);
    }
    network.to(device);
    network.eval();
    for (auto& parameter : network.parameters()) parameter.set_requires_grad(false);
    return {};
}

Result<std::string> write_weights(const std::filesystem::path& file, const torch::nn::Module& network,
                                  torch::ScalarType type) {
    SafeTensors content{state_of(network), {{"format", "pt"}}};
    for (auto& [name, tensor] : content.tensors) tensor = tensor.to(type);
    if (const auto written = write_safetensors(file, content); !written) return failure(written.error());
    return sha256_hex(safetensors_bytes(content));
}

Result<void> write_manifest(const std::filesystem::path& file, const ModelManifest& manifest) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << manifest.to_json() << std::flush;
    if (!stream) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return {};
}

}  // namespace

Result<ModelBundle> load_bundle(const std::filesystem::path& folder, const torch::Device& device) {
    auto manifest = ModelManifest::read(folder);
    if (!manifest) return failure(manifest.error());
    ModelBundle bundle;
    bundle.manifest = std::move(*manifest);
    const auto& presegmentation = bundle.manifest.presegmentation;
    const auto& diffusion = bundle.manifest.diffusion;
    try {
        bundle.presegmentation = PresegmentationUNet(presegmentation.widths);
        bundle.diffusion = SpineSegDiff(diffusion.widths, diffusion.image_encoder);
        const auto first =
            fill(*bundle.presegmentation, folder / presegmentation.weights, presegmentation.sha256, device);
        if (!first) return failure(first.error());
        const auto second = fill(*bundle.diffusion, folder / diffusion.weights, diffusion.sha256, device);
        if (!second) return failure(second.error());
    } catch (const c10::Error& error) {
        return failure(ErrorCode::model_invalid, "LibTorch refuses the model: " + error.msg());
    }
    return bundle;
}

Result<void> write_bundle(const std::filesystem::path& folder, const ModelBundle& bundle,
                          torch::ScalarType weight_type) {
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) return failure(ErrorCode::file_unwritable, "cannot create " + folder.string());
    ModelManifest manifest = bundle.manifest;
    const auto presegmentation =
        write_weights(folder / manifest.presegmentation.weights, *bundle.presegmentation, weight_type);
    if (!presegmentation) return failure(presegmentation.error());
    manifest.presegmentation.sha256 = *presegmentation;
    const auto diffusion = write_weights(folder / manifest.diffusion.weights, *bundle.diffusion, weight_type);
    if (!diffusion) return failure(diffusion.error());
    manifest.diffusion.sha256 = *diffusion;
    return write_manifest(folder / kManifestFile, manifest);
}

}  // namespace spineseg
