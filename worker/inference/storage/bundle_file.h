// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files of a bundle, trusted only after their digest: it is taken over the very bytes that are then parsed.
/// Every failure is model_invalid and names the file. No state; any thread.

#include <torch/types.h>

#include <filesystem>
#include <string>

#include "config/model_manifest.h"
#include "core/result.h"

namespace torch::nn {
class Module;
}

namespace spineseg {

/// The bytes of a weights file or of anything else that the manifest names, bounded as weights files are.
Result<std::string> verified_bytes(const std::filesystem::path& bundle_folder, const BundleFile& file);

/// Fills the network from a safetensors file, tensor by tensor under its name, and makes it ready: on
/// `device`, in evaluation mode, without gradients.
Result<void> load_verified(torch::nn::Module& network, const std::filesystem::path& bundle_folder,
                           const BundleFile& file, const torch::Device& device);

}  // namespace spineseg
