// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One volume through the model and back onto its own grid: orientation, resampling, presegmentation,
/// diffusion, consensus, postprocessing. What LibTorch throws meanwhile becomes an Error. One thread at a
/// time.

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "core/job.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/model_grid/geometry_trace.h"
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
    SeriesQuality quality;                  ///< how far this may be trusted
    SegmentRequest used;                    ///< the request with the manifest's defaults filled in
    std::map<std::string, double> seconds;  ///< by stage name
};

/// A segmentation with what it was made of, on the model grid: for evaluations.
struct TracedSegmentation {
    Segmentation segmentation;
    Consensus consensus;
    GeometryTrace trace;
};

class Pipeline {
  public:
    explicit Pipeline(Segmenter& segmenter) : segmenter_(segmenter) {}

    /// Rejects what is not a sagittal stack (not_sagittal), NaN (non_finite_pixels) or out of range.
    /// An input without a plausible column gives an empty label map: the caller decides what that means.
    Result<Segmentation> run(const Volume& volume, const SegmentRequest& request,
                             const ProgressSink& progress);
    /// The same, keeping what the result was made of.
    Result<TracedSegmentation> run_traced(const Volume& volume, const SegmentRequest& request,
                                          const ProgressSink& progress);

  private:
    Segmenter& segmenter_;
};

}  // namespace spineseg
