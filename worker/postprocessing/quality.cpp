// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/quality.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "core/mask.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/levels/column_size.h"
#include "worker/postprocessing/anatomy_check.h"
#include "worker/postprocessing/exclusive_decision.h"

namespace spineseg {
namespace {

/// What the model grid knows of a structure, summed over the slices one by one.
struct GridEvidence {
    double decided = 0.0;      ///< pixels that the probabilities give to the structure
    double probability = 0.0;  ///< sum over all pixels
    double common = 0.0;       ///< sum over the decided ones
    double agreement = 0.0;    ///< sum over slices of decided pixels × pairwise Dice of the samples
};

/// A slice of a consensus's map, float32 [3,H,W], pixel by pixel.
class SlicePlanes {
  public:
    explicit SlicePlanes(const at::Tensor& slice)
        : values_(slice.contiguous()), pixels_(static_cast<std::size_t>(slice[0].numel())) {}

    std::size_t pixels() const { return pixels_; }
    PixelProbabilities at(std::size_t pixel) const {
        const float* first = values_.data_ptr<float>() + pixel;
        return {first[0], first[pixels_], first[2 * pixels_]};
    }

  private:
    at::Tensor values_;
    std::size_t pixels_;
};

std::array<GridEvidence, kStructures> grid_evidence(const Consensus& consensus,
                                                    std::optional<double> threshold) {
    std::array<GridEvidence, kStructures> evidence;
    for (std::int64_t slice = 0; slice < consensus.mean_probability.size(0); ++slice) {
        const SlicePlanes decision(consensus.probability[slice]);
        const SlicePlanes probability(consensus.mean_probability[slice]);
        std::array<double, kStructures> decided{};
        for (std::size_t pixel = 0; pixel < decision.pixels(); ++pixel) {
            const PixelProbabilities mean = probability.at(pixel);
            for (std::size_t s = 0; s < kStructures; ++s)
                evidence[s].probability += static_cast<double>(mean[s]);
            const std::uint8_t found = decided_class(decision.at(pixel), threshold);
            if (found == 0) continue;
            const auto s = static_cast<std::size_t>(found - 1);
            evidence[s].common += static_cast<double>(mean[s]);
            decided[s] += 1.0;
        }
        for (std::size_t s = 0; s < kStructures; ++s) {
            const auto agreement = consensus.sample_dice[slice][static_cast<std::int64_t>(s)].item<double>();
            evidence[s].decided += decided[s];
            evidence[s].agreement += decided[s] * agreement;
        }
    }
    return evidence;
}

/// 1 − the mean over the mask; 0 for an empty one.
double certainty_over(const Mask& mask, const Volume& uncertainty) {
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
        if (mask[i] == 0) continue;
        sum += static_cast<double>(uncertainty.voxels[i]);
        ++count;
    }
    if (count == 0) return 0.0;
    return std::clamp(1.0 - sum / static_cast<double>(count), 0.0, 1.0);
}

double smoothness_of(const Mask& mask, const GeometryTrace& trace) {
    double before = 0.0;
    double variation = 0.0;
    double largest = 0.0;
    for (int slice = 0; slice < trace.slice.source_count; ++slice) {
        double area = 0.0;
        trace.visit_slice(slice, [&](std::size_t, std::size_t voxel) { area += mask[voxel]; });
        if (slice > 0) variation += std::abs(area - before);
        before = area;
        largest = std::max(largest, area);
    }
    if (largest == 0.0) return 0.0;
    return variation == 0.0 ? 1.0 : std::min(1.0, 2.0 * largest / variation);
}

double grid_pixel_ml(const GeometryTrace& trace) {
    return trace.voxel_ml() * trace.row.step * trace.column.step;
}

std::string percent(double value) {
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

}  // namespace

const std::vector<NamedEvidence>& named_evidence() {
    static const std::vector<NamedEvidence> names{
        {"expected_dice", &StructureQuality::expected_dice},
        {"sample_agreement", &StructureQuality::sample_agreement},
        {"presegmentation_agreement", &StructureQuality::presegmentation_agreement},
        {"certainty", &StructureQuality::certainty},
        {"border_certainty", &StructureQuality::border_certainty},
        {"kept", &StructureQuality::kept},
        {"smoothness", &StructureQuality::smoothness},
    };
    return names;
}

double structure_score(const StructureQuality& evidence) {
    return evidence.sample_agreement * evidence.certainty;
}

SeriesQuality assess_quality(const JudgedResult& result, const ModelManifest& manifest) {
    SeriesQuality quality;
    const auto grid = grid_evidence(result.consensus, deciding_threshold(manifest));
    for (std::size_t s = 0; s < kStructures; ++s) {
        const auto structure = static_cast<Structure>(s);
        const Mask mask = mask_of(result.labels, structure);
        const auto voxels = static_cast<double>(std::count(mask.begin(), mask.end(), std::uint8_t{1}));
        const GridEvidence& seen = grid[s];
        if (voxels == 0.0 || seen.decided == 0.0) continue;  // not found: everything stays 0
        StructureQuality& one = quality.structures[s];
        one.expected_dice = 2.0 * seen.common / (seen.probability + seen.decided);
        one.sample_agreement = seen.agreement / seen.decided;
        one.presegmentation_agreement = dice(mask, mask_of(result.presegmentation, structure)).value_or(0.0);
        one.certainty = certainty_over(mask, result.uncertainty);
        one.border_certainty = certainty_over(surface_of(mask, result.labels.geometry), result.uncertainty);
        one.kept =
            std::min(1.0, voxels * result.trace.voxel_ml() / (seen.decided * grid_pixel_ml(result.trace)));
        one.smoothness = smoothness_of(mask, result.trace);
        one.score = structure_score(one);
    }
    const auto column = check_anatomy(result.labels, result.uncertainty);
    decide_verdict(quality, manifest.quality, column ? std::string() : column.error().detail);
    if (quality.verdict != QualityVerdict::reject) doubt_size(quality, result.labels);
    return quality;
}

void raise_doubt(SeriesQuality& quality, Doubt doubt) {
    quality.verdict = std::max(quality.verdict, doubt.at_least);
    if (!quality.reason.empty()) quality.reason += "; ";
    quality.reason += doubt.name + ": " + doubt.explanation;
    quality.doubts.push_back(std::move(doubt));
}

void doubt_size(SeriesQuality& quality, const LabelMap& labels) {
    const auto size = size_of_column(labels);
    if (!size || AdultLumbarSize{}.holds(*size)) return;
    char text[200];
    std::snprintf(text, sizeof text,
                  "discs %.0f mm apart and %.0f mm deep are not those of an adult's lumbar spine", size->step,
                  size->depth);
    raise_doubt(quality, {"vertebra_size", text, QualityVerdict::review});
}

void decide_verdict(SeriesQuality& quality, const QualityPlan& plan, const std::string& no_column) {
    quality.score = 0.0;
    quality.verdict = QualityVerdict::reject;
    quality.reason = no_column;
    if (!no_column.empty()) return;
    for (const StructureQuality& structure : quality.structures)
        quality.score += structure.score / static_cast<double>(kStructures);
    const auto below = [](const std::string& what, double score, double threshold) {
        return what + " scores " + percent(score) + ", less than " + percent(threshold);
    };
    const auto first_below = [&](double series, const PerStructure& least, double fewest) {
        if (quality.score < series) return below("the series", quality.score, series);
        const std::array<double, kStructures> thresholds{least.canal, least.vertebra, least.disc};
        for (std::size_t s = 0; s < kStructures; ++s)
            if (const double score = quality.structures[s].score; score >= fewest && score < thresholds[s])
                return below(to_string(static_cast<Structure>(s)), score, thresholds[s]);
        return std::string();
    };
    // Slices beside the canal hold none: a structure that was not found, with the score 0, does not reject the series.
    constexpr double kFound = std::numeric_limits<double>::min();
    quality.reason =
        first_below(plan.reject_below, plan.reject_structure_below.value_or(PerStructure{}), kFound);
    if (!quality.reason.empty()) return;
    quality.reason = first_below(plan.review_below, plan.review_structure_below, 0);
    quality.verdict = quality.reason.empty() ? QualityVerdict::pass : QualityVerdict::review;
}

}  // namespace spineseg
