// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sagittal_axes.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

namespace spineseg {
namespace {

constexpr int kLeftRight = 0;
constexpr int kAnteriorPosterior = 1;
constexpr int kInferiorSuperior = 2;
/// How much coarser than the sagittal axis another axis may be before it must be the one that was sliced.
constexpr double kSlicedElsewhere = 1.5;

std::string with_numbers(const char* format, double a, double b = 0.0, double c = 0.0) {
    char text[200];
    std::snprintf(text, sizeof text, format, a, b, c);
    return text;
}

Result<void> check_axes(const GridAxes& axes) {
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

Result<int> left_right_axis(const GridAxes& axes) {
    int best = 0;
    for (int a = 1; a < 3; ++a) {
        if (std::abs(axes[a].direction[kLeftRight]) > std::abs(axes[best].direction[kLeftRight])) best = a;
    }
    const double cosine = std::abs(axes[best].direction[kLeftRight]);
    if (cosine < kSagittalCosine)
        return failure(
            ErrorCode::not_sagittal,
            with_numbers(
                "no axis runs left to right: the nearest has a cosine of %.2f, at least %.1f is needed",
                cosine, kSagittalCosine));
    for (int a = 0; a < 3; ++a) {
        if (axes[a].spacing > kSlicedElsewhere * axes[best].spacing)
            return failure(
                ErrorCode::not_sagittal,
                with_numbers("the stack was sliced along another axis: sagittal planes would have %.2f mm "
                             "between their own pixels",
                             axes[a].spacing));
    }
    return best;
}

Result<void> check_sagittal_plane(const GridAxis& axis, const GeometryLimits& limits) {
    const double field = axis.count * axis.spacing;
    if (axis.count > limits.max_matrix)
        return failure(
            ErrorCode::geometry_out_of_range,
            with_numbers("a matrix of %.0f pixels; at most %.0f are read", axis.count, limits.max_matrix));
    if (axis.spacing < limits.min_pixel_mm || axis.spacing > limits.max_pixel_mm)
        return failure(ErrorCode::geometry_out_of_range,
                       with_numbers("a pixel spacing of %.3f mm; %.2f to %.2f mm are read", axis.spacing,
                                    limits.min_pixel_mm, limits.max_pixel_mm));
    if (field < limits.min_field_of_view_mm || field > limits.max_field_of_view_mm)
        return failure(ErrorCode::geometry_out_of_range,
                       with_numbers("a field of view of %.0f mm; %.0f to %.0f mm are read", field,
                                    limits.min_field_of_view_mm, limits.max_field_of_view_mm));
    return {};
}

Result<void> check_slices(const GridAxis& axis, const GeometryLimits& limits) {
    if (axis.count > limits.max_slices)
        return failure(
            ErrorCode::geometry_out_of_range,
            with_numbers("%.0f sagittal slices; at most %.0f are read", axis.count, limits.max_slices));
    if (axis.spacing > limits.max_slice_spacing_mm)
        return failure(ErrorCode::geometry_out_of_range,
                       with_numbers("%.1f mm between slices; at most %.0f mm are read", axis.spacing,
                                    limits.max_slice_spacing_mm));
    return {};
}

}  // namespace

GridAxes grid_axes_of(const Geometry& g) {
    return {GridAxis{g.columns, g.column_spacing, g.row_direction},
            GridAxis{g.rows, g.row_spacing, g.column_direction},
            GridAxis{g.slices, g.slice_spacing, g.slice_direction}};
}

Result<SagittalAxes> find_sagittal_axes(const Geometry& geometry, const GeometryLimits& limits) {
    const GridAxes axes = grid_axes_of(geometry);
    if (auto checked = check_axes(axes); !checked) return failure(checked.error());
    const auto sagittal = left_right_axis(axes);
    if (!sagittal) return failure(sagittal.error());
    SagittalAxes found{*sagittal, (*sagittal + 1) % 3, (*sagittal + 2) % 3};
    const auto uprightness = [&](int vertical, int horizontal) {
        return std::abs(axes[static_cast<std::size_t>(vertical)].direction[kInferiorSuperior]) +
               std::abs(axes[static_cast<std::size_t>(horizontal)].direction[kAnteriorPosterior]);
    };
    if (uprightness(found.horizontal, found.vertical) > uprightness(found.vertical, found.horizontal))
        std::swap(found.vertical, found.horizontal);
    for (const int axis : {found.vertical, found.horizontal})
        if (auto checked = check_sagittal_plane(axes[static_cast<std::size_t>(axis)], limits); !checked)
            return failure(checked.error());
    if (auto checked = check_slices(axes[static_cast<std::size_t>(found.sagittal)], limits); !checked)
        return failure(checked.error());
    return found;
}

Result<void> check_sagittal_slices(const Geometry& geometry, const GeometryLimits& limits) {
    constexpr int kSliceAxis = 2;
    const auto axes = find_sagittal_axes(geometry, limits);
    if (!axes) return failure(axes.error());
    if (axes->sagittal != kSliceAxis)
        return failure(ErrorCode::not_sagittal, "the slices of this series are not sagittal");
    return {};
}

}  // namespace spineseg
