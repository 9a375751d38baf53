// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where the model is when no folder is given.

#include <filesystem>

#include "core/result.h"

namespace spineseg {

/// `given` if it is not empty; else $SPINESEG_MODEL; else models/lumbar-fast of the installation
/// (<prefix>/share/spineseg) or of the source tree that the executable was built in. model_invalid, with the
/// places looked at, when there is none.
Result<std::filesystem::path> find_model(const std::filesystem::path& given);

}  // namespace spineseg
