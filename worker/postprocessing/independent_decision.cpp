// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/independent_decision.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "worker/model_grid/model_planes.h"
#include "worker/model_grid/to_source_grid.h"
#include "worker/postprocessing/binary_plane.h"

namespace spineseg {
namespace {

BinaryPlane above(const float* values, int rows, int columns, double threshold) {
    BinaryPlane plane{rows, columns, {}};
    const auto count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    plane.pixels.resize(count);
    std::transform(values, values + count, plane.pixels.begin(), [&](float value) {
        return static_cast<std::uint8_t>(static_cast<double>(value) > threshold);
    });
    return plane;
}

void clean(BinaryPlane& plane, bool fill, double minimum_pixels) {
    if (fill) fill_holes(plane);
    drop_small_pieces(plane, static_cast<std::size_t>(minimum_pixels));
    if (fill) fill_holes(plane);
}

/// A mask of the model grid on the source's grid: where it covers half a pixel and more.
BinaryPlane restored(const BinaryPlane& grid, const GeometryTrace& trace) {
    const std::vector<float> shares(grid.pixels.begin(), grid.pixels.end());
    constexpr double kHalf = 0.5 - 1e-6;
    return above(restore_plane(shares.data(), trace).data(), trace.row.source_count,
                 trace.column.source_count, kHalf);
}

BinaryPlane decided(const float* grid, const GeometryTrace& trace, const ModelManifest& manifest,
                    double minimum_pixels) {
    const PostprocessingPlan& plan = manifest.postprocessing;
    const double threshold = manifest.consensus.threshold;
    if (plan.on_canvas) {
        BinaryPlane plane = above(grid, trace.row.model_count, trace.column.model_count, threshold);
        clean(plane, plan.fill_holes, minimum_pixels);
        return restored(plane, trace);
    }
    BinaryPlane plane = above(restore_plane(grid, trace).data(), trace.row.source_count,
                              trace.column.source_count, threshold);
    clean(plane, plan.fill_holes, minimum_pixels);
    return plane;
}

}  // namespace

ClassStack decide_independently(const torch::Tensor& probability, const GeometryTrace& trace,
                                const ModelManifest& manifest) {
    const at::Tensor contiguous = probability.to(at::kFloat).contiguous();
    const auto grid_pixels = static_cast<std::size_t>(model_grid_pixels(trace));
    const PerStructure& pixels = manifest.postprocessing.minimum_component_pixels;
    const std::array<double, kStructures> minimum{pixels.canal, pixels.vertebra, pixels.disc};
    ClassStack stack{trace.slice.source_count, trace.row.source_count, trace.column.source_count, {}};
    stack.classes.resize(static_cast<std::size_t>(stack.slices) * trace.slice_pixels());
    for (std::size_t slice = 0; slice < static_cast<std::size_t>(stack.slices); ++slice) {
        std::uint8_t* target = stack.classes.data() + slice * trace.slice_pixels();
        for (std::size_t s = 0; s < kStructures; ++s) {
            const float* plane = contiguous.data_ptr<float>() + (slice * kStructures + s) * grid_pixels;
            const BinaryPlane mask = decided(plane, trace, manifest, minimum[s]);
            for (std::size_t pixel = 0; pixel < mask.pixels.size(); ++pixel) {
                if (mask.pixels[pixel] != 0) target[pixel] = static_cast<std::uint8_t>(s + 1);
            }
        }
    }
    return stack;
}

}  // namespace spineseg
