// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which axes of a grid run along the patient, and whether the grid can be a sagittal lumbar series at all.
/// Found from direction cosines, never from the order of axes. Pure.

#include <array>

#include "core/geometry.h"
#include "core/result.h"

namespace spineseg {

/// A stack is sagittal when its normal's x is at least this (docs/dicom.md §5.2.3).
inline constexpr double kSagittalCosine = 0.8;

/// An axis of a grid.
struct GridAxis {
    int count;
    double spacing;
    Vec3 direction;
};
/// Column, row, slice: the index order of Geometry.
using GridAxes = std::array<GridAxis, 3>;
GridAxes grid_axes_of(const Geometry& geometry);

/// What a lumbar series can be, with a margin; outside is geometry_out_of_range.
struct GeometryLimits {
    double min_pixel_mm = 0.15;
    double max_pixel_mm = 2.5;
    double max_slice_spacing_mm = 20.0;
    double min_field_of_view_mm = 60.0;
    double max_field_of_view_mm = 700.0;
    int max_matrix = 4096;
    int max_slices = 512;
};

/// Axes by their place in Geometry's index order: 0 column, 1 row, 2 slice.
struct SagittalAxes {
    int sagittal = 2;    ///< runs left to right
    int vertical = 1;    ///< of the others the one that runs along the body
    int horizontal = 0;  ///< and the one that runs front to back
};

/// not_sagittal when no axis runs left-right (|n.x| ≥ 0.8) or when another axis is the one that was sliced;
/// geometry_out_of_range when sizes, spacings or directions cannot be.
Result<SagittalAxes> find_sagittal_axes(const Geometry& geometry, const GeometryLimits& limits = {});

/// For the slices of a DICOM series, which must be the sagittal planes themselves: not_sagittal besides.
Result<void> check_sagittal_slices(const Geometry& geometry, const GeometryLimits& limits = {});

}  // namespace spineseg
