// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/sagittal_stack.h"

#include <array>

#include "worker/model_grid/geometry_trace.h"

namespace spineseg {
namespace {

Vec3 direction_of(const Geometry& g, int axis) {
    return std::array{g.row_direction, g.column_direction, g.slice_direction}[static_cast<std::size_t>(axis)];
}

double spacing_of(const Geometry& g, int axis) {
    return std::array{g.column_spacing, g.row_spacing, g.slice_spacing}[static_cast<std::size_t>(axis)];
}

Vec3 walked(const Geometry& g, const AxisWalk& axis) {
    return (axis.reversed ? -1.0 : 1.0) * direction_of(g, axis.source_axis);
}

Geometry stack_geometry(const GeometryTrace& trace) {
    const Geometry& source = trace.source;
    Geometry g;
    g.columns = trace.column.source_count;
    g.rows = trace.row.source_count;
    g.slices = trace.slice.source_count;
    g.row_direction = walked(source, trace.column);
    g.column_direction = walked(source, trace.row);
    g.slice_direction = walked(source, trace.slice);
    g.column_spacing = spacing_of(source, trace.column.source_axis);
    g.row_spacing = spacing_of(source, trace.row.source_axis);
    g.slice_spacing = spacing_of(source, trace.slice.source_axis);
    std::array<double, 3> first{};
    for (const AxisWalk* axis : {&trace.column, &trace.row, &trace.slice})
        first[static_cast<std::size_t>(axis->source_axis)] = axis->reversed ? axis->source_count - 1 : 0;
    g.origin = source.position(first[0], first[1], first[2]);
    return g;
}

template <typename T>
Result<Grid<T>> reordered(const Grid<T>& source) {
    if (source.voxels.size() != source.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the voxels do not fill their grid");
    auto trace = trace_geometry(source.geometry, InputPlan{});
    if (!trace) return failure(trace.error());
    const Vec3 normal = cross(walked(source.geometry, trace->column), walked(source.geometry, trace->row));
    trace->slice.reversed = dot(direction_of(source.geometry, trace->slice.source_axis), normal) < 0.0;
    Grid<T> stack{stack_geometry(*trace), std::vector<T>(source.voxels.size())};
    for (int slice = 0; slice < stack.geometry.slices; ++slice) {
        T* target = stack.voxels.data() + static_cast<std::size_t>(slice) * trace->slice_pixels();
        trace->visit_slice(
            slice, [&](std::size_t pixel, std::size_t voxel) { target[pixel] = source.voxels[voxel]; });
    }
    return stack;
}

}  // namespace

Result<Volume> as_sagittal_stack(const Volume& volume) {
    return reordered(volume);
}
Result<LabelMap> as_sagittal_stack(const LabelMap& labels) {
    return reordered(labels);
}

}  // namespace spineseg
