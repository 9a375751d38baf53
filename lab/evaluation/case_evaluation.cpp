// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/case_evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

#include "worker/inference/sampling/ensemble_statistics.h"
#include "worker/job/series_segmentation.h"
#include "worker/job/spine_findings.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/model_grid/to_source_grid.h"

namespace spineseg {
namespace {

/// One of the two label maps that are judged, with its probabilities on the model grid.
struct Candidate {
    const LabelMap& labels;
    const at::Tensor& probability;  ///< [N,3,H,W]
    const Volume& uncertainty;
};

Result<void> judge_candidate(const Candidate& candidate, const Truth& truth, const GeometryTrace& trace,
                             const std::vector<Structure>& structures, CaseFigures& figures,
                             PooledFigures& pooled) {
    for (const Structure structure : structures) {
        const auto s = static_cast<std::size_t>(structure);
        const Volume probability =
            restore_map(candidate.probability.select(1, static_cast<std::int64_t>(s)), trace);
        const auto evaluated =
            evaluate_structure(structure, truth, {candidate.labels, probability, candidate.uncertainty});
        if (!evaluated) return failure(evaluated.error());
        figures[s] = figures_of(*evaluated);
        pool(pooled[s], *evaluated);
    }
    return {};
}

/// Sagittal stacks keep the order of the model grid's slices, forward or backward.
std::vector<SliceFigures> slices_of(const TracedSegmentation& traced, const LabelMap& truth) {
    const Segmentation& result = traced.segmentation;
    const Geometry& g = truth.geometry;
    std::vector<SliceFigures> slices;
    for (int slice = 0; slice < g.slices; ++slice) {
        SliceFigures figures{slice, {}, {}, {}};
        const int place = traced.trace.slice.reversed ? g.slices - 1 - slice : slice;
        const std::size_t first = g.index(0, 0, slice);
        for (std::size_t s = 0; s < kStructures; ++s) {
            const auto wanted = static_cast<std::uint8_t>(label_of(static_cast<Structure>(s)));
            double both = 0.0, ours = 0.0, theirs = 0.0, uncertainty = 0.0;
            for (std::size_t i = first; i < first + g.slice_voxel_count(); ++i) {
                const bool our = result.labels.voxels[i] == wanted;
                const bool their = truth.voxels[i] == wanted;
                ours += our ? 1.0 : 0.0;
                theirs += their ? 1.0 : 0.0;
                both += our && their ? 1.0 : 0.0;
                if (our) uncertainty += static_cast<double>(result.uncertainty.voxels[i]);
            }
            if (ours + theirs > 0.0) figures.dice[s] = 2.0 * both / (ours + theirs);
            if (ours > 0.0) figures.uncertainty[s] = uncertainty / ours;
            if (ours > 0.0 && result.used.samples.value_or(0) > 1)
                figures.agreement[s] =
                    traced.consensus.sample_dice[place][static_cast<std::int64_t>(s)].item<double>();
        }
        slices.push_back(figures);
    }
    return slices;
}

CaseVerdict verdict_of(const SeriesQuality& quality) {
    CaseVerdict verdict;
    verdict.score = quality.score;
    verdict.verdict = to_string(quality.verdict);
    verdict.reason = quality.reason;
    for (std::size_t s = 0; s < kStructures; ++s) {
        verdict.structure_score[s] = quality.structures[s].score;
        for (const auto& [name, value] : named_evidence())
            verdict.evidence[name][s] = quality.structures[s].*value;
    }
    return verdict;
}

at::Tensor presegmentation_entropy(const Consensus& consensus) {
    at::Tensor entropy = at::empty_like(consensus.entropy);
    for (std::int64_t slice = 0; slice < entropy.size(0); ++slice)
        entropy[slice].copy_(normalised_entropy(exclusive_distribution(consensus.presegmentation[slice])));
    return entropy;
}

/// Nothing was found, and the verdict says so.
EvaluatedCase refused_case(const LabelMap& truth, const std::vector<Structure>& structures) {
    EvaluatedCase evaluated;
    for (const Structure structure : structures) {
        const auto s = static_cast<std::size_t>(structure);
        const Mask drawn = mask_of(truth, structure);
        if (std::find(drawn.begin(), drawn.end(), std::uint8_t{1}) == drawn.end()) continue;
        for (StructureFigures* figures : {&evaluated.final[s], &evaluated.presegmentation[s]}) {
            figures->dice = 0.0;
            figures->volume_bias = -1.0;
        }
    }
    evaluated.verdict = verdict_of(SeriesQuality{.verdict = QualityVerdict::reject});
    return evaluated;
}

/// As a job does: the doubts about levels, shape and signal belong to the verdict.
Result<void> doubt_levels(Segmentation& segmentation, const Volume& image) {
    const auto column = read_column(segmentation.labels, segmentation.uncertainty, segmentation.probability,
                                    segmentation.levels ? &*segmentation.levels : nullptr);
    if (!column) return failure(column.error());
    doubt_column(segmentation, image, *column);
    return {};
}

}  // namespace

EvaluationReport new_report(const Segmenter& segmenter, const SegmentRequest& request) {
    const ModelManifest& manifest = segmenter.manifest();
    EvaluationReport report;
    report.model = manifest.id + " " + manifest.version;
    report.model_digest = manifest.digest();
    report.device = segmenter.describe_device();
    report.samples = request.samples.value_or(manifest.diffusion.samples);
    report.steps = request.steps.value_or(manifest.diffusion.steps);
    report.seed = request.seed;
    return report;
}

Result<EvaluatedCase> judge(const TracedSegmentation& traced, const LabelMap& truth, EvaluationReport& pool) {
    const Segmentation& result = traced.segmentation;
    const Truth drawn(truth);
    const Volume doubt = restore_map(presegmentation_entropy(traced.consensus), traced.trace);
    EvaluatedCase evaluated;
    auto judged = judge_candidate({result.labels, traced.consensus.mean_probability, result.uncertainty},
                                  drawn, traced.trace, pool.structures, evaluated.final, pool.final);
    if (judged)
        judged =
            judge_candidate({result.presegmentation, traced.consensus.presegmentation, doubt}, drawn,
                            traced.trace, pool.structures, evaluated.presegmentation, pool.presegmentation);
    if (!judged) return failure(judged.error());
    evaluated.slices = slices_of(traced, truth);
    evaluated.verdict = verdict_of(result.quality);
    return evaluated;
}

Result<void> evaluate_case(const CaseToEvaluate& input, Pipeline& pipeline, const SegmentRequest& request,
                           const ProgressSink& progress, EvaluationReport& report) {
    const auto image = as_sagittal_stack(input.image);
    if (!image) return failure(image.error());
    const auto truth = as_sagittal_stack(input.truth);
    if (!truth) return failure(truth.error());
    const auto begin = std::chrono::steady_clock::now();
    auto traced = pipeline.run_traced(*image, request, progress);
    if (!traced && fate_of(traced.error().code) != JobFate::reject) return failure(traced.error());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (traced)
        if (auto doubted = doubt_levels(traced->segmentation, *image); !doubted) return doubted;
    auto evaluated = traced ? judge(*traced, *truth, report) : refused_case(*truth, report.structures);
    if (!evaluated) return failure(evaluated.error());
    evaluated->id = input.id;
    evaluated->file = input.file;
    evaluated->strata = input.strata;
    evaluated->seconds = seconds;
    report.cases.push_back(std::move(*evaluated));
    return {};
}

}  // namespace spineseg
