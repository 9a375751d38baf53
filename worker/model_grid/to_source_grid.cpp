// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/to_source_grid.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "worker/model_grid/model_planes.h"

namespace spineseg {

std::vector<float> restore_plane(const float* plane, const GeometryTrace& trace) {
    const auto columns = static_cast<std::size_t>(trace.column.resampled_count);
    std::vector<float> covered(static_cast<std::size_t>(trace.row.resampled_count) * columns);
    for (int row = 0; row < trace.row.resampled_count; ++row) {
        const float* source = plane +
                              static_cast<std::ptrdiff_t>(row + trace.row.offset) * trace.column.model_count +
                              trace.column.offset;
        std::copy_n(source, columns, covered.data() + static_cast<std::size_t>(row) * columns);
    }
    return resample_plane(covered, trace.row.backward(), trace.column.backward());
}

Volume restore_map(const torch::Tensor& map, const GeometryTrace& trace) {
    const at::Tensor contiguous = map.to(at::kFloat).contiguous();
    Volume restored{trace.source, std::vector<float>(trace.source.voxel_count())};
    for (int slice = 0; slice < trace.slice.source_count; ++slice) {
        const auto restored_plane =
            restore_plane(contiguous.data_ptr<float>() + slice * model_grid_pixels(trace), trace);
        trace.visit_slice(slice, [&](std::size_t pixel, std::size_t voxel) {
            restored.voxels[voxel] = restored_plane[pixel];
        });
    }
    return restored;
}

StructureProbabilities restore_probabilities(const torch::Tensor& probability, const GeometryTrace& trace) {
    StructureProbabilities result;
    for (int s = 0; s < kStructures; ++s) {
        const Volume map = restore_map(probability.select(1, s).contiguous(), trace);
        auto& bytes = result.maps[static_cast<std::size_t>(s)];
        bytes.geometry = map.geometry;
        bytes.voxels.resize(map.voxels.size());
        std::transform(map.voxels.begin(), map.voxels.end(), bytes.voxels.begin(), [](float p) {
            return static_cast<std::uint8_t>(std::lround(255.0F * std::clamp(p, 0.0F, 1.0F)));
        });
    }
    return result;
}

}  // namespace spineseg
