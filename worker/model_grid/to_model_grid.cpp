// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/to_model_grid.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/signal_range.h"
#include "worker/model_grid/model_planes.h"

namespace spineseg {
namespace {

/// What "no signal" is in the source becomes 0, the value of the model grid outside it: an offset changes
/// nothing.
at::Tensor resample_intensities(const Volume& volume, const GeometryTrace& trace) {
    SignalRange range;
    range.add(volume.voxels);
    const auto zero = static_cast<float>(range.zero());
    const AxisFilter rows = trace.row.forward();
    const AxisFilter columns = trace.column.forward();
    at::Tensor grid = at::zeros(model_grid_shape(trace), at::kFloat);
    std::vector<float> oriented(trace.slice_pixels());
    for (int slice = 0; slice < trace.slice.source_count; ++slice) {
        trace.visit_slice(slice, [&](std::size_t pixel, std::size_t voxel) {
            oriented[pixel] = volume.voxels[voxel] - zero;
        });
        place_on_model_grid(resample_plane(oriented, rows, columns), trace,
                            grid.data_ptr<float>() + slice * model_grid_pixels(trace));
    }
    return grid;
}

at::Tensor inside_mask(const GeometryTrace& trace) {
    at::Tensor inside = at::zeros(model_grid_shape(trace), at::kBool);
    inside.narrow(1, trace.row.offset, trace.row.resampled_count)
        .narrow(2, trace.column.offset, trace.column.resampled_count)
        .fill_(true);
    return inside;
}

double spacing_along(const Geometry& geometry, int axis) {
    return axis == 0 ? geometry.column_spacing : axis == 1 ? geometry.row_spacing : geometry.slice_spacing;
}

}  // namespace

Result<PreparedVolume> prepare(const Volume& volume, const InputPlan& plan) {
    auto trace = trace_geometry(volume.geometry, plan);
    if (!trace) return failure(trace.error());
    if (volume.voxels.size() != volume.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the volume's voxels do not fill its grid");
    if (!std::all_of(volume.voxels.begin(), volume.voxels.end(), [](float v) { return std::isfinite(v); }))
        return failure(ErrorCode::non_finite_pixels, "the image holds NaN or infinity");
    PreparedVolume prepared;
    prepared.slices = {resample_intensities(volume, *trace), inside_mask(*trace),
                       spacing_along(volume.geometry, trace->slice.source_axis)};
    prepared.trace = *trace;
    return prepared;
}

}  // namespace spineseg
