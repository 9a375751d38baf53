// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/pipeline/pipeline.h"

#include <c10/util/Exception.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "worker/inference/networks/out_of_memory.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/model_grid/to_model_grid.h"
#include "worker/model_grid/to_source_grid.h"
#include "worker/pipeline/level_recognition.h"
#include "worker/pipeline/orientation_check.h"
#include "worker/pipeline/traced_segmentation.h"
#include "worker/postprocessing/postprocessor.h"
#include "worker/postprocessing/signal_void.h"

namespace spineseg {
namespace {

using Clock = std::chrono::steady_clock;

/// Passes progress on and books the time since the last report to the stage that reports.
class StageClock {
  public:
    explicit StageClock(const ProgressSink& sink) : sink_(sink) {}

    bool report(const Progress& progress) {
        const auto now = Clock::now();
        seconds_[std::string(to_string(progress.stage))] +=
            std::chrono::duration<double>(now - last_).count();
        last_ = now;
        return !sink_ || sink_(progress);
    }
    const std::map<std::string, double>& seconds() const { return seconds_; }

  private:
    const ProgressSink& sink_;
    Clock::time_point last_ = Clock::now();
    std::map<std::string, double> seconds_;
};

SegmentRequest with_defaults(SegmentRequest request, const ModelManifest& manifest) {
    request.samples = request.samples.value_or(manifest.diffusion.samples);
    request.steps = request.steps.value_or(manifest.diffusion.steps);
    return request;
}

tl::unexpected<Error> canceled() {
    return failure(ErrorCode::canceled, "stopped by request");
}

/// From the model grid back to the source's grid, judged.
Result<TracedSegmentation> interpret(Consensus consensus, const GeometryTrace& trace,
                                     const SegmentRequest& used, const ModelManifest& manifest,
                                     StageClock& clock) {
    TracedSegmentation traced{{}, std::move(consensus), trace};
    const Consensus& found = traced.consensus;
    Segmentation& result = traced.segmentation;
    result.used = used;
    result.labels = postprocess(found.probability, found.entropy, trace, manifest);
    if (!clock.report({Stage::postprocessing, 0.4})) return canceled();
    result.presegmentation = postprocess(found.presegmentation, found.entropy, trace, manifest);
    if (!clock.report({Stage::postprocessing, 0.8})) return canceled();
    result.uncertainty = restore_map(found.entropy, trace);
    result.mutual_information = restore_map(found.mutual_information, trace);
    result.probability = restore_probabilities(found.probability, trace);
    if (manifest.consensus.uncertainty == UncertaintyRule::original)
        result.original_uncertainty = restore_map(found.uncertainty, trace);
    result.quality =
        assess_quality({found, trace, result.labels, result.presegmentation, result.uncertainty}, manifest);
    if (!clock.report({Stage::postprocessing, 1.0})) return canceled();
    return traced;
}

/// Levels, front and back would all be wrong: such a result is rejected where the evidence is clear.
void doubt_orientation(const std::optional<OrientationEvidence>& evidence, SeriesQuality& quality) {
    if (!evidence || !evidence->doubtful() || quality.verdict == QualityVerdict::reject) return;
    char scores[80];
    std::snprintf(scores, sizeof scores, " (it scores %.3f so, %.3f as given)", evidence->turned,
                  evidence->as_given);
    raise_doubt(quality, {"orientation_doubtful",
                          "the image seems to be " + evidence->how + ", other than its header says" + scores +
                              "; compare the header's orientation with the image",
                          evidence->clear() ? QualityVerdict::reject : QualityVerdict::review});
}

void doubt_signal(const SignalVoids& voids, SeriesQuality& quality) {
    if (voids.largest_mm2 <= 0 || quality.verdict == QualityVerdict::reject) return;
    raise_doubt(quality, {"signal_void",
                          std::to_string(std::lround(voids.largest_mm2)) +
                              " mm2 of a slice give no signal within the spine: metal, cement, or dense bone",
                          QualityVerdict::review});
}

Result<TracedSegmentation> run_stages(Segmenter& segmenter, const Volume& volume,
                                      const SegmentRequest& request, const ProgressSink& progress) {
    const ModelManifest& manifest = segmenter.manifest();
    StageClock clock(progress);
    auto prepared = prepare(volume, manifest.input);
    if (!prepared) return failure(prepared.error());
    if (!clock.report({Stage::preprocessing, 1.0})) return canceled();

    const SegmentRequest used = with_defaults(request, manifest);
    auto consensus =
        segmenter.segment(prepared->slices, used, [&](const Progress& step) { return clock.report(step); });
    if (!consensus) return failure(consensus.error());

    const auto voids = find_signal_voids(consensus->probability, prepared->slices, manifest.input.spacing_mm);
    clear_signal_voids(*consensus, voids);
    auto levels = recognise_levels(segmenter, prepared->slices, *consensus, prepared->trace);
    const auto orientation = compare_orientations(segmenter, prepared->slices, *consensus);
    auto traced = interpret(std::move(*consensus), prepared->trace, used, manifest, clock);
    if (!traced) return failure(traced.error());
    traced->segmentation.levels = std::move(levels);
    doubt_orientation(orientation, traced->segmentation.quality);
    doubt_signal(voids, traced->segmentation.quality);
    traced->segmentation.seconds = clock.seconds();
    return traced;
}

}  // namespace

Result<Segmentation> Pipeline::run(const Volume& volume, const SegmentRequest& request,
                                   const ProgressSink& progress) {
    auto traced = run_traced(volume, request, progress);
    if (!traced) return failure(traced.error());
    return std::move(traced->segmentation);
}

Result<TracedSegmentation> Pipeline::run_traced(const Volume& volume, const SegmentRequest& request,
                                                const ProgressSink& progress) {
    try {
        return run_stages(segmenter_, volume, request, progress);
    } catch (const std::exception& error) {
        if (says_out_of_memory(error))
            return failure(ErrorCode::out_of_memory, "not enough memory for this series");
        if (const auto* of_torch = dynamic_cast<const c10::Error*>(&error))
            return failure(ErrorCode::internal,
                           std::string("LibTorch: ") + of_torch->what_without_backtrace());
        return failure(ErrorCode::internal, error.what());
    }
}

}  // namespace spineseg
