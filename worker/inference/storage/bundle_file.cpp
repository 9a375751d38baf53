// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/storage/bundle_file.h"

#include <torch/torch.h>

#include "core/digest.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

Result<std::string> verified_bytes(const std::filesystem::path& bundle_folder, const BundleFile& file) {
    const auto path = bundle_folder / file.file;
    auto bytes = read_weights_file(path);
    if (!bytes) return failure(ErrorCode::model_invalid, bytes.error().detail);
    if (sha256_hex(*bytes) != file.sha256) {
        return failure(ErrorCode::model_invalid,
                       path.string() + " does not have the digest that its manifest names");
    }
    return bytes;
}

Result<void> load_verified(torch::nn::Module& network, const std::filesystem::path& bundle_folder,
                           const BundleFile& file, const torch::Device& device) {
    const auto bytes = verified_bytes(bundle_folder, file);
    if (!bytes) return failure(bytes.error());
    const auto content = parse_safetensors(*bytes);
    const std::string path = (bundle_folder / file.file).string();
    if (!content) return failure(content.error().code, path + ": " + content.error().detail);
    if (const auto loaded = load_state(network, content->tensors); !loaded)
        return failure(loaded.error().code, path + ": " + loaded.error().detail);
    network.to(device);
    network.eval();
    for (auto& parameter : network.parameters()) parameter.set_requires_grad(false);
    return {};
}

}  // namespace spineseg
