// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the model says of a case, kept in a folder so that a measurement can be judged again without running it.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "worker/cli/command.h"
#include "worker/pipeline/pipeline.h"

namespace spineseg {

struct PredictedCases {
    std::string data;              ///< images/<id>_*.mha and masks/ with the same names; empty: phantoms only
    std::string masks;             ///< a folder of masks, on any grid; empty: `data`/masks
    std::vector<std::string> ids;  ///< of `data`
    int phantoms = 0;              ///< whole T2 stacks, seeds 0, 1, ...
    std::string results;           ///< folder for what the model said; empty: not kept
    ModelArguments model;
    SegmentRequest request;
};
void add_predicted_cases_options(CLI::App& command, PredictedCases& cases);

struct KeptPrediction {
    LabelMap labels;
    Volume uncertainty;
    StructureProbabilities probability;
};

struct PredictedCase {
    std::string id;  ///< "18", "phantom 3"
    bool phantom = false;
    KeptPrediction prediction;  ///< on the image's grid, a sagittal stack
    LabelMap
        truth;  ///< a sagittal stack; of a phantom with half its pixel spacing and the readers' gap (reader_gap.h)
    LabelMap parts;  ///< a phantom's, on the image's grid; else without voxels
};

/// One case at a time, images first. A kept result is used again for the same model, request and case; a case in which the
/// pipeline finds no spine stops the visit, as every error does.
Result<void> visit_predictions(const PredictedCases& cases,
                               const std::function<Result<void>(const PredictedCase&)>& visit);

}  // namespace spineseg
