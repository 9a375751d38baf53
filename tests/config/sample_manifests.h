// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Manifests for tests, made here.

#include <nlohmann/json.hpp>
#include <string>

#include "config/model_manifest.h"

namespace spineseg {

/// A U-Net in front of the diffusion.
ModelManifest some_manifest();
/// The same with an nnU-Net in front.
ModelManifest nnunet_manifest();
/// The same with a TorchScript module in front.
ModelManifest torchscript_manifest();
nlohmann::json some_json();

/// model_invalid, with that part in its text.
void expect_refused(const nlohmann::json& manifest, const std::string& part_of_detail);

}  // namespace spineseg
