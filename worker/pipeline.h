// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One volume through the model and back onto its own grid: orientation, resampling, presegmentation,
/// diffusion, consensus, postprocessing. The seam where LibTorch's exceptions become Errors. One thread at a
/// time.

#include <chrono>
#include <map>
#include <string>

#include "core/job.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/inference/segmenter.h"

namespace spineseg {

struct Segmentation {
    LabelMap labels;                        ///< on the input's own grid
    Volume uncertainty;                     ///< 0..1, on the input's own grid: normalised predictive entropy,
                                            ///< or the map that the manifest names instead
    LabelMap presegmentation;               ///< what the presegmenter alone would have said
    SegmentRequest used;                    ///< the request with the manifest's defaults filled in
    std::map<std::string, double> seconds;  ///< by stage name
};

class Pipeline {
  public:
    explicit Pipeline(Segmenter& segmenter) : segmenter_(segmenter) {}

    /// Rejects what is not a sagittal stack (not_sagittal), NaN (non_finite_pixels) or out of range.
    /// An input without a plausible column gives an empty label map: the caller decides what that means.
    Result<Segmentation> run(const Volume& volume, const SegmentRequest& request,
                             const ProgressSink& progress);

  private:
    Segmenter& segmenter_;
};

}  // namespace spineseg
