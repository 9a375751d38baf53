// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the network that recognises L5 and S1 is trained on (lab/training/anchor_training.h): slices near the midline with
/// the classes that each pixel may be. Errors name the file.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "lab/cli/training_data.h"
#include "lab/training/training_case.h"

namespace spineseg {

/// S1 in masks that name it; SPIDER has no number for it.
inline constexpr std::uint8_t kSacrumNumber = 50;

/// Masks come in two kinds. One with discs is complete: where the levels are numbered by the count, bodies are known, and
/// beneath the lowest disc a pixel may be S1; a case that is not numbered is left out. One without discs names bodies
/// alone (SPIDER's numbers, and kSacrumNumber): everything else down to the end of S1 may be another body; without L5 or
/// S1 it is left out. `report` is told of every case as it is ready. file_unreadable for other numbers.
Result<std::vector<TrainingCase>> load_anchor_cases(const TrainingDataRequest& request,
                                                    const InputPlan& input,
                                                    const std::function<void(const std::string& id)>& report);

}  // namespace spineseg
