// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/calibration_pixels.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "lab/evaluation/prepared_case.h"
#include "lab/evaluation/structure_evaluation.h"

namespace spineseg {
namespace {

/// Only sizes and spacings: all that a distance needs. `shares` is [N, 3, H, W].
Geometry model_grid_geometry(const at::Tensor& shares, const Geometry& source, const GeometryTrace& trace,
                             double spacing_mm) {
    Geometry grid;
    grid.slices = static_cast<int>(shares.size(0));
    grid.rows = static_cast<int>(shares.size(2));
    grid.columns = static_cast<int>(shares.size(3));
    grid.row_spacing = grid.column_spacing = spacing_mm;
    const std::array<double, 3> spacings{source.column_spacing, source.row_spacing, source.slice_spacing};
    grid.slice_spacing = spacings[static_cast<std::size_t>(trace.slice.source_axis)];
    return grid;
}

/// Pixels of the model grid that are inside the image and within the band.
std::vector<std::size_t> band_of(const PreparedCase& prepared, const Geometry& grid) {
    const at::Tensor drawn = prepared.shares.gt(0).any(1).contiguous();
    const bool* structure = drawn.data_ptr<bool>();
    const at::Tensor inside = prepared.slices.inside.contiguous();
    const bool* seen = inside.data_ptr<bool>();
    Mask anything(grid.voxel_count());
    for (std::size_t i = 0; i < anything.size(); ++i) anything[i] = structure[i] ? 1 : 0;
    const std::vector<float> distance = distance_to(anything, grid);
    std::vector<std::size_t> band;
    for (std::size_t i = 0; i < distance.size(); ++i)
        if (seen[i] && distance[i] <= kBandMm) band.push_back(i);
    return band;
}

}  // namespace

Result<void> add_band_pixels(const TracedSegmentation& traced, const Volume& image, const LabelMap& truth,
                             const InputPlan& plan, std::vector<LabelledPixel>& pixels) {
    const auto prepared = prepare_case(image, truth, plan);
    if (!prepared) return failure(prepared.error());
    const Geometry grid =
        model_grid_geometry(prepared->shares, image.geometry, prepared->trace, plan.spacing_mm);
    const std::vector<std::size_t> band = band_of(*prepared, grid);
    const at::Tensor probability = traced.consensus.mean_probability.contiguous();
    const auto* structures = probability.data_ptr<float>();
    const at::Tensor shares = prepared->shares.to(at::kFloat).contiguous();
    const auto* drawn = shares.data_ptr<float>();
    const std::size_t plane = grid.slice_voxel_count();
    const std::size_t stride =
        std::max<std::size_t>(1, (band.size() + kMostPixelsPerCase - 1) / kMostPixelsPerCase);
    for (std::size_t i = 0; i < band.size(); i += stride) {
        const std::size_t slice = band[i] / plane;
        const std::size_t place = band[i] % plane;
        LabelledPixel pixel;
        pixel.probability[0] = pixel.truth[0] = 1.0F;
        for (std::size_t s = 0; s < kStructures; ++s) {
            const std::size_t at = (slice * kStructures + s) * plane + place;
            pixel.probability[s + 1] = structures[at];
            pixel.truth[s + 1] = drawn[at];
            pixel.probability[0] -= structures[at];
            pixel.truth[0] -= drawn[at];
        }
        pixel.probability[0] = std::max(0.0F, pixel.probability[0]);
        pixels.push_back(pixel);
    }
    return {};
}

}  // namespace spineseg
