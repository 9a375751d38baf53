// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/pipeline.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "worker/postprocessor.h"
#include "worker/preprocessor.h"

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
    std::map<std::string, double> seconds() && { return std::move(seconds_); }

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

Result<Segmentation> run_stages(Segmenter& segmenter, const Volume& volume, const SegmentRequest& request,
                                const ProgressSink& progress) {
    const ModelManifest& manifest = segmenter.manifest();
    StageClock clock(progress);
    const auto canceled = [] { return failure(ErrorCode::canceled, "stopped by request"); };

    auto prepared = prepare(volume, manifest.input);
    if (!prepared) return failure(prepared.error());
    if (!clock.report({Stage::preprocessing, 1.0})) return canceled();

    Segmentation result;
    result.used = with_defaults(request, manifest);
    auto consensus = segmenter.segment(prepared->slices, result.used,
                                       [&](const Progress& step) { return clock.report(step); });
    if (!consensus) return failure(consensus.error());

    result.labels = postprocess(consensus->probability, consensus->entropy, prepared->trace, manifest);
    if (!clock.report({Stage::postprocessing, 0.4})) return canceled();
    result.presegmentation =
        postprocess(consensus->presegmentation, consensus->entropy, prepared->trace, manifest);
    if (!clock.report({Stage::postprocessing, 0.8})) return canceled();
    result.uncertainty = restore_map(consensus->uncertainty, prepared->trace);
    if (!clock.report({Stage::postprocessing, 1.0})) return canceled();
    result.seconds = std::move(clock).seconds();
    return result;
}

/// LibTorch reports a failed allocation as a c10::Error with a message, not as std::bad_alloc.
bool speaks_of_memory(const std::string& what) {
    return what.find("out of memory") != std::string::npos ||
           what.find("can't allocate memory") != std::string::npos ||
           what.find("not enough memory") != std::string::npos;
}

}  // namespace

Result<Segmentation> Pipeline::run(const Volume& volume, const SegmentRequest& request,
                                   const ProgressSink& progress) {
    try {
        return run_stages(segmenter_, volume, request, progress);
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "not enough memory for this series");
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        if (speaks_of_memory(what))
            return failure(ErrorCode::out_of_memory, "not enough memory for this series");
        return failure(ErrorCode::internal, "LibTorch: " + what);
    } catch (const std::exception& error) {
        return failure(ErrorCode::internal, error.what());
    }
}

}  // namespace spineseg
