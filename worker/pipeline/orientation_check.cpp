// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/pipeline/orientation_check.h"

#include <ATen/ATen.h>

#include <array>
#include <vector>

#include "core/volume.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/postprocessing/exclusive_decision.h"

namespace spineseg {
namespace {

constexpr std::int64_t kRows = 1, kColumns = 2;  // of [N,H,W]

struct Turn {
    const char* how;
    std::vector<std::int64_t> axes;
};

const std::array<Turn, 4>& turns() {
    static const std::array<Turn, 4> all{{{"as given", {}},
                                          {"upside down", {kRows}},
                                          {"mirrored front to back", {kColumns}},
                                          {"turned by 180 degrees", {kRows, kColumns}}}};
    return all;
}

/// 0 background, 1 + core's Structure; uint8 [N,H,W].
at::Tensor decided(const at::Tensor& probability, std::optional<double> threshold) {
    const at::Tensor background = 1.0 - probability.sum(1);
    const auto [best, structure] = probability.max(1);
    const at::Tensor found = threshold ? best.ge(*threshold) : best.gt(background);
    return at::where(found, structure + 1, at::zeros_like(structure));
}

/// Agreement of the members × certainty, the mean over the structures; 0 for one that was not found.
double score_of(const Consensus& consensus, const at::Tensor& classes, std::int64_t slice) {
    double sum = 0;
    for (std::int64_t s = 0; s < kStructures; ++s) {
        const at::Tensor mask = classes[slice].eq(s + 1);
        if (!mask.any().item<bool>()) continue;
        const double doubt = consensus.entropy[slice].masked_select(mask).mean().item<double>();
        sum += (1.0 - doubt) * consensus.sample_dice[slice][s].item<double>();
    }
    return sum / kStructures;
}

}  // namespace

std::optional<OrientationEvidence> compare_orientations(Segmenter& segmenter, const SliceStack& slices,
                                                        const Consensus& found) {
    const ModelManifest& manifest = segmenter.manifest();
    if (manifest.presegmentation.kind == PresegmenterKind::none) return std::nullopt;
    const auto threshold = deciding_threshold(manifest);
    const at::Tensor areas = decided(found.probability, threshold).gt(0).sum({1, 2});
    const auto fullest = areas.argmax().item<std::int64_t>();
    if (areas[fullest].item<std::int64_t>() == 0) return std::nullopt;
    std::vector<at::Tensor> intensities, inside;
    for (const Turn& turn : turns()) {
        intensities.push_back(slices.intensities.narrow(0, fullest, 1).flip(turn.axes));
        inside.push_back(slices.inside.narrow(0, fullest, 1).flip(turn.axes));
    }
    SegmentRequest request;
    request.samples = 0;
    const auto turned = segmenter.segment(
        {at::cat(intensities).contiguous(), at::cat(inside).contiguous(), 0.0}, request, {});
    if (!turned) return std::nullopt;
    const at::Tensor classes = decided(turned->probability, threshold);
    OrientationEvidence evidence{score_of(*turned, classes, 0), 0, ""};
    for (std::size_t i = 1; i < turns().size(); ++i) {
        const double score = score_of(*turned, classes, static_cast<std::int64_t>(i));
        if (score <= evidence.turned) continue;
        evidence.turned = score;
        evidence.how = turns()[i].how;
    }
    return evidence;
}

}  // namespace spineseg
