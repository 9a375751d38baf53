// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where training cases come from: a folder in SPIDER's layout, and phantoms. Errors name the file.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/training/training_case.h"

namespace spineseg {

/// images/<id>.mha and images/<id>_*.mha, sorted; `id` empty: every image. Masks have the same names in
/// masks/.
Result<std::vector<std::filesystem::path>> images_of(const std::filesystem::path& data,
                                                     const std::string& id);
/// The patient's number: what stands before the first underscore.
std::string case_id_of(const std::filesystem::path& image);

struct TrainingDataRequest {
    std::filesystem::path data;        ///< SPIDER's layout
    std::vector<std::string> ids;      ///< empty: all
    std::vector<std::string> exclude;  ///< hold-out patients
    int phantoms = 0;
    std::uint64_t phantom_seed = 1000;
};

/// `report` is told of every case as it is ready.
Result<std::vector<TrainingCase>> load_training_cases(
    const TrainingDataRequest& request, const InputPlan& input,
    const std::function<void(const std::string& id)>& report);

}  // namespace spineseg
