// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/pipeline/level_recognition.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/volume.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace {

constexpr double kBesideMidlineMm = 4.5;
constexpr std::int64_t kMostSlicesAside = 2;
constexpr double kIsCanal = 0.5;

struct SliceRange {
    std::int64_t first = 0, count = 0;
};

/// The slice with most canal in the lower half of the column, and what lies close beside it.
std::optional<SliceRange> midline_of(const SliceStack& slices, const Consensus& found, bool rows_run_down) {
    const at::Tensor canal =
        found.probability.select(1, static_cast<std::int64_t>(Structure::canal)).gt(kIsCanal);
    const std::int64_t along = rows_run_down ? 1 : 2;  // the axis that runs along the column
    const at::Tensor levels =
        canal.any(0).any(2 - along).nonzero().flatten();  // [N,H,W] → [H,W] → along the column
    if (levels.numel() == 0) return std::nullopt;
    const auto top = levels.min().item<std::int64_t>(), end = levels.max().item<std::int64_t>() + 1;
    const std::int64_t half = std::max<std::int64_t>(1, (end - top) / 2);
    const at::Tensor lower = canal.narrow(along, rows_run_down ? end - half : top, half);
    const auto middle = lower.flatten(1).sum(1).argmax().item<std::int64_t>();
    const double spacing = slices.slice_spacing_mm > 0 ? slices.slice_spacing_mm : kBesideMidlineMm;
    const auto aside = std::min<std::int64_t>(kMostSlicesAside, std::llround(kBesideMidlineMm / spacing));
    const auto first = std::max<std::int64_t>(0, middle - aside);
    return SliceRange{first, std::min(middle + aside + 1, canal.size(0)) - first};
}

}  // namespace

std::optional<LevelEvidence> recognise_levels(Segmenter& segmenter, const SliceStack& slices,
                                              const Consensus& found, const GeometryTrace& trace) {
    const ModelManifest& manifest = segmenter.manifest();
    if (!manifest.anchor) return std::nullopt;
    const bool rows_run_down =
        manifest.input.orientation == SliceOrientation::superior_inferior__anterior_posterior;
    const auto range = midline_of(slices, found, rows_run_down);
    if (!range) return std::nullopt;
    return LevelEvidence{
        model_grid_geometry(trace, static_cast<int>(range->first), static_cast<int>(range->count)),
        segmenter.recognise_levels(slices, range->first, range->count)};
}

}  // namespace spineseg
