// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A DICOM series through the pipeline and into result files: the one way that `spineseg segment` and
/// spineseg-worker share, so that both give the same objects for the same seed. Compute thread only.

#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/job.h"
#include "core/result.h"
#include "core/result_types.h"
#include "dicom/read/series.h"
#include "dicom/write/result_file.h"
#include "worker/job/job_runner.h"
#include "worker/job/spine_findings.h"
#include "worker/pipeline/pipeline.h"

namespace spineseg {

/// As Pipeline::run(); not_sagittal as well where the slices themselves are not the sagittal planes.
Result<Segmentation> segment_series(const dicom::Series& series, Pipeline& pipeline,
                                    const SegmentRequest& request, const ProgressSink& progress);

/// What the image and its column say against the model's reach: doubts and the verdict that follows. Before
/// anything is written. A rejected segmentation is left as it is.
void doubt_column(Segmentation& segmentation, const Volume& image, const SpineFindings& column);

/// The objects that the plan names, the report last: what it cites exists when it arrives. All say that they
/// were made at `made`. no_anatomy_found where the labels cannot be a lumbar spine.
Result<std::vector<dicom::ResultFile>> write_results(const dicom::Series& series,
                                                     const Segmentation& segmentation,
                                                     const SpineFindings& column,
                                                     const ModelManifest& manifest,
                                                     const dicom::AnalysisTime& made,
                                                     const OutputPlan& outputs = default_outputs());

/// Figures worth showing, as a JSON object: levels and measures, quality verdict and scores, millilitres,
/// request, seconds by stage. No patient data.
std::string summary_json(const Segmentation& segmentation, const SpineFindings& column);

/// All of it on the bytes that the link fetched. quality_rejected where the quality verdict is "reject": then
/// nothing is written, unless the job keeps rejected objects; then that error comes beside them.
class SeriesJobRunner : public JobRunner {
  public:
    explicit SeriesJobRunner(Segmenter& segmenter) : segmenter_(segmenter), pipeline_(segmenter) {}
    Result<JobProduct> run(const JobInput& input,
                           const std::function<bool(const Progress&)>& progress) override;

  private:
    Segmenter& segmenter_;
    Pipeline pipeline_;
};

}  // namespace spineseg
