// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// run.json in a run's folder: what decides the run's result. A checkpoint is resumed only under the same
/// record, so that no run silently changes its patients or its batch half-way. One thread.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "core/result.h"

namespace spineseg {

/// Keeps `record` (a JSON object) in the run's folder, which is created. Where the folder holds a checkpoint
/// with a record, both must agree: invalid_argument names the first field that differs, with both values.
/// file_unwritable.
Result<void> begin_or_resume(const std::filesystem::path& run_folder, const nlohmann::json& record);

}  // namespace spineseg
