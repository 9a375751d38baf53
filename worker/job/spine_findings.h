// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What follows from a segmentation: levels, measures, and both as JSON for a person. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/level_evidence.h"
#include "core/result.h"
#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "core/volume.h"

namespace spineseg {

struct SpineFindings {
    SpineLevels levels;
    std::vector<StructureMeasurements> measurements;
};

/// `evidence` as of find_levels(); null: none. Errors as of find_levels() and measure().
Result<SpineFindings> read_column(const LabelMap& labels, const Volume& uncertainty,
                                  const StructureProbabilities& probability, const LevelEvidence* evidence);

/// {"numbering": {...}, "structures": [{"name", "confidence", "measurements": [...]}, ...]}, rounded to what
/// the measures are worth. "uncertainty" is the ± of 68 %, "uncertainty_95" that of 95 %.
nlohmann::json column_json(const SpineFindings& column);

}  // namespace spineseg
