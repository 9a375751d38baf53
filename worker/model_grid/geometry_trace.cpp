// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/geometry_trace.h"

#include <algorithm>
#include <cmath>

#include "core/voxel_volume.h"

namespace spineseg {
namespace {

constexpr int kAnteriorPosterior = 1;
constexpr int kInferiorSuperior = 2;

/// Walks `axis` so that the model grid index grows along `wanted` (±1) of the patient's `patient_axis`.
AxisWalk walk(const GridAxes& axes, int axis, int patient_axis, double wanted, double spacing, int smallest,
              int multiple) {
    const GridAxis& source = axes[static_cast<std::size_t>(axis)];
    AxisWalk result;
    result.source_axis = axis;
    result.source_count = source.count;
    result.reversed = source.direction[static_cast<std::size_t>(patient_axis)] * wanted < 0.0;
    result.step = spacing / source.spacing;
    // A difference that does not add up to a twentieth of a pixel over the whole image is a rounding of the
    // header.
    if (std::abs(result.step - 1.0) * source.count < 0.05) result.step = 1.0;
    result.resampled_count = std::max(1, static_cast<int>(std::lround(source.count / result.step)));
    const int steps = (std::max(smallest, result.resampled_count) + multiple - 1) / multiple;
    result.model_count = steps * multiple;
    result.offset = (result.model_count - result.resampled_count) / 2;
    return result;
}

/// Place in the source's index of a pixel of the model's grid, along one axis.
double source_place(const AxisWalk& axis, double pixel) {
    const double from_middle = (pixel - axis.offset - 0.5 * (axis.resampled_count - 1)) * axis.step;
    const double place = 0.5 * (axis.source_count - 1) + from_middle;
    return axis.reversed ? axis.source_count - 1 - place : place;
}

}  // namespace

Geometry model_grid_geometry(const GeometryTrace& trace, int first_slice, int slices) {
    const auto position = [&](double slice, double row, double column) {
        Vec3 index{};
        index[static_cast<std::size_t>(trace.slice.source_axis)] = source_place(trace.slice, slice);
        index[static_cast<std::size_t>(trace.row.source_axis)] = source_place(trace.row, row);
        index[static_cast<std::size_t>(trace.column.source_axis)] = source_place(trace.column, column);
        return trace.source.position(index[0], index[1], index[2]);
    };
    Geometry grid;
    grid.columns = trace.column.model_count;
    grid.rows = trace.row.model_count;
    grid.slices = slices;
    grid.origin = position(first_slice, 0, 0);
    const Vec3 column = position(first_slice, 0, 1) - grid.origin,
               row = position(first_slice, 1, 0) - grid.origin;
    const Vec3 slice = position(first_slice + 1, 0, 0) - grid.origin;
    grid.row_direction = normalised(column);
    grid.column_direction = normalised(row);
    grid.slice_direction = normalised(slice);
    grid.column_spacing = norm(column);
    grid.row_spacing = norm(row);
    grid.slice_spacing = norm(slice);
    return grid;
}

Result<GeometryTrace> trace_geometry(const Geometry& source, const InputPlan& plan,
                                     const GeometryLimits& limits) {
    const auto found = find_sagittal_axes(source, limits);
    if (!found) return failure(found.error());
    const GridAxes axes = grid_axes_of(source);

    GeometryTrace trace;
    trace.source = source;
    const int slices = axes[static_cast<std::size_t>(found->sagittal)].count;
    trace.slice = {found->sagittal, false, slices, slices, slices, 0, 1.0};
    const auto along = [&](int axis, int patient_axis, double wanted, int smallest) {
        return walk(axes, axis, patient_axis, wanted, plan.spacing_mm, smallest,
                    std::max(1, plan.canvas_multiple));
    };
    if (plan.orientation == SliceOrientation::superior_inferior__anterior_posterior) {
        trace.row = along(found->vertical, kInferiorSuperior, -1.0, plan.canvas_rows);
        trace.column = along(found->horizontal, kAnteriorPosterior, +1.0, plan.canvas_columns);
    } else {
        trace.row = along(found->horizontal, kAnteriorPosterior, -1.0, plan.canvas_rows);
        trace.column = along(found->vertical, kInferiorSuperior, +1.0, plan.canvas_columns);
    }
    return trace;
}

std::size_t GeometryTrace::source_index(int slice_index, int row_index, int column_index) const {
    std::array<int, 3> index{};
    const auto place = [&](const AxisWalk& axis, int i) {
        index[static_cast<std::size_t>(axis.source_axis)] = axis.reversed ? axis.source_count - 1 - i : i;
    };
    place(slice, slice_index);
    place(row, row_index);
    place(column, column_index);
    return source.index(index[0], index[1], index[2]);
}

std::ptrdiff_t GeometryTrace::column_stride() const {
    const auto columns = static_cast<std::ptrdiff_t>(source.columns);
    const std::array<std::ptrdiff_t, 3> strides{1, columns, columns * source.rows};
    const auto stride = strides[static_cast<std::size_t>(column.source_axis)];
    return column.reversed ? -stride : stride;
}

std::size_t GeometryTrace::slice_pixels() const {
    return static_cast<std::size_t>(row.source_count) * static_cast<std::size_t>(column.source_count);
}

double GeometryTrace::voxel_ml() const {
    return voxel_millilitres(source);
}

}  // namespace spineseg
