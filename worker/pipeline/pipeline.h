// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One volume through the model and back onto its own grid: orientation, resampling, presegmentation,
/// diffusion, consensus, postprocessing. What LibTorch throws meanwhile becomes an Error. One thread at a
/// time.

#include "core/job.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/pipeline/segmentation.h"

namespace spineseg {

struct TracedSegmentation;  // traced_segmentation.h

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
