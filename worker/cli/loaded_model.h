// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/result.h"
#include "worker/cli/command.h"
#include "worker/inference/segmentation/segmenter.h"

namespace spineseg {

/// The bundle that the arguments name, for use on the calling thread. Errors name the folder.
Result<std::unique_ptr<Segmenter>> load_model(const ModelArguments& arguments);

}  // namespace spineseg
