// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One case through the pipeline and against its truth, into a report. A few volumes at a time, whatever the
/// number of cases. Compute thread only.

#include <map>
#include <string>

#include "core/result.h"
#include "core/volume.h"
#include "lab/evaluation/evaluation_report.h"
#include "worker/pipeline/pipeline.h"
#include "worker/pipeline/traced_segmentation.h"

namespace spineseg {

struct CaseToEvaluate {
    std::string id;
    std::string file;
    std::map<std::string, std::string> strata;
    Volume image;    ///< any storage of a sagittal stack
    LabelMap truth;  ///< same grid
};

/// A report on no cases yet.
EvaluationReport new_report(const Segmenter& segmenter, const SegmentRequest& request);

/// A series that the pipeline refuses (fate_of() rejects its error) counts as one in which nothing was found,
/// with the verdict reject. Other errors are the pipeline's; invalid_argument where image and truth do not
/// lie on the same grid.
Result<void> evaluate_case(const CaseToEvaluate& input, Pipeline& pipeline, const SegmentRequest& request,
                           const ProgressSink& progress, EvaluationReport& report);

/// The same without running the pipeline: what a segmentation that is there already is worth. Both grids must
/// be sagittal stacks.
Result<EvaluatedCase> judge(const TracedSegmentation& traced, const LabelMap& truth, EvaluationReport& pool);

}  // namespace spineseg
