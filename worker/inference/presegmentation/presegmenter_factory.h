// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Makes the presegmenter of the kind that a manifest names. Any thread.

#include <torch/types.h>

#include <filesystem>
#include <memory>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/presegmentation/presegmenter.h"

namespace spineseg {

/// With its weights loaded on `device`. model_invalid where a file is missing, altered or not what the
/// manifest says; may throw c10::Error.
Result<std::unique_ptr<Presegmenter>> make_presegmenter(const std::filesystem::path& bundle_folder,
                                                        const ModelManifest& manifest,
                                                        const torch::Device& device);

}  // namespace spineseg
