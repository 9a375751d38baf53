// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the pipeline finds in a volume. Values.

#include <map>
#include <optional>
#include <string>

#include "core/job.h"
#include "core/level_evidence.h"
#include "core/volume.h"
#include "worker/postprocessing/quality.h"

namespace spineseg {

struct Segmentation {
    LabelMap labels;     ///< on the input's own grid
    Volume uncertainty;  ///< normalised predictive entropy 0..1, on the input's own grid
    /// The published map, 0..1, where the manifest's uncertainty rule is `original`; no entropy.
    std::optional<Volume> original_uncertainty;
    Volume mutual_information;              ///< the part of it that the ensemble's disagreement explains
    StructureProbabilities probability;     ///< on the input's own grid
    LabelMap presegmentation;               ///< what the presegmenter alone would have said
    std::optional<LevelEvidence> levels;    ///< where the model recognises L5 and S1
    SeriesQuality quality;                  ///< how far this may be trusted
    SegmentRequest used;                    ///< the request with the manifest's defaults filled in
    std::map<std::string, double> seconds;  ///< by stage name
};

}  // namespace spineseg
