// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/calibration_pixels.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "lab/evaluation/prepared_case.h"
#include "lab/evaluation/structure_evaluation.h"

namespace spineseg {
namespace {

/// Only sizes and spacings: all that a distance needs.
Geometry model_grid_geometry(const at::Tensor& labels, const Geometry& source, const GeometryTrace& trace,
                             double spacing_mm) {
    Geometry grid;
    grid.slices = static_cast<int>(labels.size(0));
    grid.rows = static_cast<int>(labels.size(1));
    grid.columns = static_cast<int>(labels.size(2));
    grid.row_spacing = grid.column_spacing = spacing_mm;
    const std::array<double, 3> spacings{source.column_spacing, source.row_spacing, source.slice_spacing};
    grid.slice_spacing = spacings[static_cast<std::size_t>(trace.slice.source_axis)];
    return grid;
}

/// Pixels of the model grid that are inside the image and within the band.
std::vector<std::size_t> band_of(const PreparedCase& prepared, const Geometry& grid) {
    const auto* labels = prepared.labels.data_ptr<std::uint8_t>();
    const at::Tensor inside = prepared.slices.inside.contiguous();
    const bool* seen = inside.data_ptr<bool>();
    Mask anything(grid.voxel_count());
    for (std::size_t i = 0; i < anything.size(); ++i) anything[i] = labels[i] != 0 ? 1 : 0;
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
        model_grid_geometry(prepared->labels, image.geometry, prepared->trace, plan.spacing_mm);
    const std::vector<std::size_t> band = band_of(*prepared, grid);
    const at::Tensor probability = traced.consensus.mean_probability.contiguous();
    const auto* structures = probability.data_ptr<float>();
    const auto* labels = prepared->labels.data_ptr<std::uint8_t>();
    const std::size_t plane = grid.slice_voxel_count();
    const std::size_t stride =
        std::max<std::size_t>(1, (band.size() + kMostPixelsPerCase - 1) / kMostPixelsPerCase);
    for (std::size_t i = 0; i < band.size(); i += stride) {
        const std::size_t slice = band[i] / plane;
        const std::size_t place = band[i] % plane;
        LabelledPixel pixel;
        pixel.truth = labels[band[i]];
        float background = 1.0F;
        for (std::size_t s = 0; s < kStructures; ++s) {
            pixel.probability[s + 1] = structures[(slice * kStructures + s) * plane + place];
            background -= pixel.probability[s + 1];
        }
        pixel.probability[0] = std::max(0.0F, background);
        pixels.push_back(pixel);
    }
    return {};
}

}  // namespace spineseg
