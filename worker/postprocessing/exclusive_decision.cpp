// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/exclusive_decision.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "worker/model_grid/model_planes.h"
#include "worker/model_grid/to_source_grid.h"

namespace spineseg {

std::optional<double> deciding_threshold(const ModelManifest& manifest) {
    const bool as_nnunet =
        manifest.presegmentation.kind == PresegmenterKind::nnunet && manifest.diffusion.samples == 0;
    return as_nnunet ? std::nullopt : std::optional(manifest.consensus.threshold);
}

std::uint8_t decided_class(const PixelProbabilities& probability, std::optional<double> threshold) {
    const auto best = std::max_element(probability.begin(), probability.end());
    const float background = 1.0F - probability[0] - probability[1] - probability[2];
    const bool found = threshold ? *best >= static_cast<float>(*threshold) : *best > background;
    return found ? static_cast<std::uint8_t>(best - probability.begin() + 1) : std::uint8_t{0};
}

ClassStack decide_classes(const torch::Tensor& probability, const GeometryTrace& trace,
                          std::optional<double> threshold) {
    const at::Tensor contiguous = probability.to(at::kFloat).contiguous();
    const auto grid_pixels = static_cast<std::size_t>(model_grid_pixels(trace));
    ClassStack stack{trace.slice.source_count, trace.row.source_count, trace.column.source_count, {}};
    stack.classes.resize(static_cast<std::size_t>(stack.slices) * trace.slice_pixels());
    for (int slice = 0; slice < stack.slices; ++slice) {
        std::array<std::vector<float>, kStructures> planes;
        for (std::size_t s = 0; s < kStructures; ++s) {
            const auto place = static_cast<std::size_t>(slice) * kStructures + s;
            planes[s] = restore_plane(contiguous.data_ptr<float>() + place * grid_pixels, trace);
        }
        std::uint8_t* target = stack.classes.data() + static_cast<std::size_t>(slice) * trace.slice_pixels();
        for (std::size_t pixel = 0; pixel < trace.slice_pixels(); ++pixel)
            target[pixel] = decided_class({planes[0][pixel], planes[1][pixel], planes[2][pixel]}, threshold);
    }
    return stack;
}

}  // namespace spineseg
