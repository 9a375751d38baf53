// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/geometry_trace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

namespace spineseg {
namespace {

/// A source axis, by its place in the index order.
struct SourceAxis {
    int count;
    double spacing;
    Vec3 direction;
};
using SourceAxes = std::array<SourceAxis, 3>;

constexpr int kLeftRight = 0;
constexpr int kAnteriorPosterior = 1;
constexpr int kInferiorSuperior = 2;
/// How much coarser than the sagittal axis another axis may be before it must be the one that was sliced.
constexpr double kSlicedElsewhere = 1.5;

SourceAxes axes_of(const Geometry& g) {
    return {SourceAxis{g.columns, g.column_spacing, g.row_direction},
            SourceAxis{g.rows, g.row_spacing, g.column_direction},
            SourceAxis{g.slices, g.slice_spacing, g.slice_direction}};
}

std::string numbers(const char* format, double a, double b = 0.0, double c = 0.0) {
    char text[200];
    std::snprintf(text, sizeof text, format, a, b, c);
    return text;
}

Result<void> check_axes(const SourceAxes& axes) {
    for (const auto& axis : axes) {
        if (axis.count < 1) return failure(ErrorCode::geometry_out_of_range, "the volume has no voxels");
        if (!std::isfinite(axis.spacing) || axis.spacing <= 0.0)
            return failure(ErrorCode::geometry_out_of_range, "a voxel spacing is not a positive number");
        if (!(std::abs(norm(axis.direction) - 1.0) < 1e-2))  // also catches NaN
            return failure(ErrorCode::geometry_out_of_range, "a direction is not a unit vector");
    }
    for (std::size_t a = 0; a < 3; ++a) {
        if (std::abs(dot(axes[a].direction, axes[(a + 1) % 3].direction)) > 0.05)
            return failure(ErrorCode::geometry_out_of_range,
                           "the axes are not perpendicular: the stack is sheared");
    }
    return {};
}

Result<int> find_sagittal_axis(const SourceAxes& axes) {
    int best = 0;
    for (int a = 1; a < 3; ++a) {
        if (std::abs(axes[a].direction[kLeftRight]) > std::abs(axes[best].direction[kLeftRight])) best = a;
    }
    const double cosine = std::abs(axes[best].direction[kLeftRight]);
    if (cosine < kSagittalCosine)
        return failure(
            ErrorCode::not_sagittal,
            numbers("no axis runs left to right: the nearest has a cosine of %.2f, at least %.1f is needed",
                    cosine, kSagittalCosine));
    for (int a = 0; a < 3; ++a) {
        if (axes[a].spacing > kSlicedElsewhere * axes[best].spacing)
            return failure(
                ErrorCode::not_sagittal,
                numbers("the stack was sliced along another axis: sagittal planes would have %.2f mm "
                        "between their own pixels",
                        axes[a].spacing));
    }
    return best;
}

Result<void> check_sagittal_plane(const SourceAxis& axis, const GeometryLimits& limits) {
    const double field = axis.count * axis.spacing;
    if (axis.count > limits.max_matrix)
        return failure(
            ErrorCode::geometry_out_of_range,
            numbers("a matrix of %.0f pixels; at most %.0f are read", axis.count, limits.max_matrix));
    if (axis.spacing < limits.min_pixel_mm || axis.spacing > limits.max_pixel_mm)
        return failure(ErrorCode::geometry_out_of_range,
                       numbers("a pixel spacing of %.3f mm; %.2f to %.2f mm are read", axis.spacing,
                               limits.min_pixel_mm, limits.max_pixel_mm));
    if (field < limits.min_field_of_view_mm || field > limits.max_field_of_view_mm)
        return failure(ErrorCode::geometry_out_of_range,
                       numbers("a field of view of %.0f mm; %.0f to %.0f mm are read", field,
                               limits.min_field_of_view_mm, limits.max_field_of_view_mm));
    return {};
}

Result<void> check_slices(const SourceAxis& axis, const GeometryLimits& limits) {
    if (axis.count > limits.max_slices)
        return failure(ErrorCode::geometry_out_of_range,
                       numbers("%.0f sagittal slices; at most %.0f are read", axis.count, limits.max_slices));
    if (axis.spacing > limits.max_slice_spacing_mm)
        return failure(ErrorCode::geometry_out_of_range,
                       numbers("%.1f mm between slices; at most %.0f mm are read", axis.spacing,
                               limits.max_slice_spacing_mm));
    return {};
}

/// Walks `axis` so that the canvas index grows along `wanted` (±1) of the patient's `patient_axis`.
AxisWalk walk(const SourceAxes& axes, int axis, int patient_axis, double wanted, double spacing, int canvas,
              int multiple) {
    const SourceAxis& source = axes[static_cast<std::size_t>(axis)];
    AxisWalk result;
    result.source_axis = axis;
    result.source_count = source.count;
    result.reversed = source.direction[static_cast<std::size_t>(patient_axis)] * wanted < 0.0;
    result.step = spacing / source.spacing;
    // A difference that does not add up to a twentieth of a pixel over the whole image is a rounding of the
    // header.
    if (std::abs(result.step - 1.0) * source.count < 0.05) result.step = 1.0;
    result.resampled_count = std::max(1, static_cast<int>(std::lround(source.count / result.step)));
    const int steps = (std::max(canvas, result.resampled_count) + multiple - 1) / multiple;
    result.canvas_count = steps * multiple;
    result.offset = (result.canvas_count - result.resampled_count) / 2;
    return result;
}

}  // namespace

Result<GeometryTrace> trace_geometry(const Geometry& source, const InputPlan& plan,
                                     const GeometryLimits& limits) {
    const SourceAxes axes = axes_of(source);
    if (auto checked = check_axes(axes); !checked) return failure(checked.error());
    const auto sagittal = find_sagittal_axis(axes);
    if (!sagittal) return failure(sagittal.error());
    int vertical = (*sagittal + 1) % 3;
    int horizontal = (*sagittal + 2) % 3;
    const auto uprightness = [&](int v, int h) {
        return std::abs(axes[static_cast<std::size_t>(v)].direction[kInferiorSuperior]) +
               std::abs(axes[static_cast<std::size_t>(h)].direction[kAnteriorPosterior]);
    };
    if (uprightness(horizontal, vertical) > uprightness(vertical, horizontal))
        std::swap(vertical, horizontal);

    for (int axis : {vertical, horizontal}) {
        if (auto checked = check_sagittal_plane(axes[static_cast<std::size_t>(axis)], limits); !checked)
            return failure(checked.error());
    }
    if (auto checked = check_slices(axes[static_cast<std::size_t>(*sagittal)], limits); !checked)
        return failure(checked.error());

    GeometryTrace trace;
    trace.source = source;
    const int slices = axes[static_cast<std::size_t>(*sagittal)].count;
    trace.slice = {*sagittal, false, slices, slices, slices, 0, 1.0};
    const auto along = [&](int axis, int patient_axis, double wanted, int canvas) {
        return walk(axes, axis, patient_axis, wanted, plan.spacing_mm, canvas,
                    std::max(1, plan.canvas_multiple));
    };
    if (plan.orientation == SliceOrientation::superior_inferior__anterior_posterior) {
        trace.row = along(vertical, kInferiorSuperior, -1.0, plan.canvas_rows);
        trace.column = along(horizontal, kAnteriorPosterior, +1.0, plan.canvas_columns);
    } else {
        trace.row = along(horizontal, kAnteriorPosterior, -1.0, plan.canvas_rows);
        trace.column = along(vertical, kInferiorSuperior, +1.0, plan.canvas_columns);
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
    return source.column_spacing * source.row_spacing * source.slice_spacing / 1000.0;
}

}  // namespace spineseg
