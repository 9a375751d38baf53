// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/bundle/model_bundle.h"

#include <torch/torch.h>

#include <fstream>

#include "core/digest.h"
#include "worker/inference/networks/out_of_memory.h"
#include "worker/inference/presegmentation/presegmenter_factory.h"
#include "worker/inference/storage/bundle_file.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace {

constexpr const char* kManifestFile = "manifest.json";

Result<std::vector<SpineSegDiff>> load_diffusion(const std::filesystem::path& folder,
                                                 const DiffusionPlan& plan, const torch::Device& device) {
    std::vector<SpineSegDiff> networks;
    for (const auto& member : plan.members) {
        SpineSegDiff network(plan.widths, plan.image_encoder);
        if (const auto loaded = load_verified(*network, folder, member, device); !loaded)
            return failure(loaded.error());
        networks.push_back(std::move(network));
    }
    return networks;
}

/// Writes the networks to their members' files and notes the digests.
template <typename Network>
Result<void> write_members(const std::filesystem::path& folder, std::vector<BundleFile>& members,
                           const std::vector<Network>& networks, torch::ScalarType type) {
    if (members.size() != networks.size())
        return failure(ErrorCode::invalid_argument, std::to_string(networks.size()) + " networks for " +
                                                        std::to_string(members.size()) +
                                                        " members of the manifest");
    for (std::size_t i = 0; i < members.size(); ++i) {
        SafeTensors content{state_of(*networks[i]), {{"format", "pt"}}};
        for (auto& [name, tensor] : content.tensors) tensor = tensor.to(type);
        const auto file = folder / members[i].file;
        std::error_code ignored;  // the file's own error says what is wrong
        std::filesystem::create_directories(file.parent_path(), ignored);
        if (auto written = write_safetensors(file, content); !written) return written;
        members[i].sha256 = sha256_hex(safetensors_bytes(content));
    }
    return {};
}

Result<void> write_manifest_file(const std::filesystem::path& file, const ModelManifest& manifest) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << manifest.to_json() << std::flush;
    if (!stream) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return {};
}

}  // namespace

Result<ModelBundle> load_bundle(const std::filesystem::path& folder, const torch::Device& device,
                                bool trust_torchscript) {
    auto manifest = ModelManifest::read(folder);
    if (!manifest) return failure(manifest.error());
    if (manifest->presegmentation.kind == PresegmenterKind::torchscript && !trust_torchscript)
        return failure(
            ErrorCode::model_invalid,
            "the presegmentation is TorchScript, a program of whoever made the bundle; if you trust them, "
            "allow it with --trust-torchscript");
    ModelBundle bundle;
    bundle.manifest = std::move(*manifest);
    try {
        auto presegmenter = make_presegmenter(folder, bundle.manifest, device);
        if (!presegmenter) return failure(presegmenter.error());
        auto diffusion = load_diffusion(folder, bundle.manifest.diffusion, device);
        if (!diffusion) return failure(diffusion.error());
        if (const auto& plan = bundle.manifest.anchor) {
            bundle.anchor = PresegmentationUNet(plan->widths);
            if (const auto loaded = load_verified(*bundle.anchor, folder, plan->network, device); !loaded)
                return failure(loaded.error());
        }
        bundle.presegmenter = std::move(*presegmenter);
        bundle.diffusion = std::move(*diffusion);
    } catch (const c10::Error& error) {
        if (says_out_of_memory(error))
            return failure(ErrorCode::out_of_memory,
                           "the networks do not fit into the memory of the device \"" + device.str() +
                               "\"; give it more memory, or use a "
                               "smaller model");
        return failure(ErrorCode::model_invalid, "LibTorch refuses the model: " + error.msg());
    }
    return bundle;
}

Result<void> write_bundle(const std::filesystem::path& folder, ModelManifest manifest,
                          const BundleNetworks& networks, torch::ScalarType weight_type) {
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) return failure(ErrorCode::file_unwritable, "cannot create " + folder.string());
    if (auto written =
            write_members(folder, manifest.presegmentation.members, networks.presegmentation, weight_type);
        !written)
        return written;
    if (auto written = write_members(folder, manifest.diffusion.members, networks.diffusion, weight_type);
        !written)
        return written;
    return write_manifest_file(folder / kManifestFile, manifest);
}

}  // namespace spineseg
