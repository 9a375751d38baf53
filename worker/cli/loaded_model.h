// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

#include "core/result.h"
#include "worker/cli/command.h"
#include "worker/inference/segmentation/segmenter.h"

namespace spineseg {

/// The bundle that the arguments name, for use on the calling thread. Errors name the folder.
Result<std::unique_ptr<Segmenter>> load_model(const ModelArguments& arguments);

/// The folder that they name or mean; as given where there is none, so that load_model() says so.
std::filesystem::path model_folder_of(const ModelArguments& arguments);

/// One line on the error stream, for who is about to run a foreign program.
void warn_of_torchscript();

}  // namespace spineseg
