// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What preprocessing did to a grid, typed so that it can be undone: which source axis each canvas axis
/// walks, in which direction, at which step, and where on the canvas the source lies. Found from direction
/// cosines, never from the names or the order of axes. Values; any thread.

#include <array>
#include <cstddef>
#include <vector>

#include "config/model_manifest.h"
#include "core/geometry.h"
#include "core/result.h"
#include "worker/model_grid/axis_filter.h"

namespace spineseg {

/// A stack is sagittal when its normal's x is at least this (docs/dicom.md §5.2.3).
inline constexpr double kSagittalCosine = 0.8;

/// One canvas axis and the source axis that it walks. Slices are walked one by one (step 1, offset 0).
struct AxisWalk {
    int source_axis = 0;    ///< 0 column, 1 row, 2 slice: the index order of core's Geometry
    bool reversed = false;  ///< the canvas index grows against the source index
    int source_count = 0;
    int resampled_count = 0;  ///< canvas pixels that the source covers
    int canvas_count = 0;
    int offset = 0;     ///< first covered canvas pixel
    double step = 1.0;  ///< source pixels per canvas pixel; exactly 1 where the spacings match

    AxisFilter forward() const { return {source_count, resampled_count, step}; }
    AxisFilter backward() const { return {resampled_count, source_count, 1.0 / step}; }
};

struct GeometryTrace {
    Geometry source;
    AxisWalk slice;
    AxisWalk row;
    AxisWalk column;

    /// Place in the source's voxels of a pixel of the oriented, not yet resampled, slice.
    std::size_t source_index(int slice_index, int row_index, int column_index) const;
    /// How far apart neighbouring columns of an oriented slice lie in the source's voxels (negative when
    /// reversed).
    std::ptrdiff_t column_stride() const;
    /// Pixels of an oriented slice.
    std::size_t slice_pixels() const;
    double voxel_ml() const;

    /// Calls visit(pixel of the oriented slice, voxel of the source) for every pixel of a slice.
    template <typename Visit>
    void visit_slice(int slice_index, Visit visit) const {
        const std::ptrdiff_t stride = column_stride();
        std::size_t pixel = 0;
        for (int r = 0; r < row.source_count; ++r) {
            auto voxel = static_cast<std::ptrdiff_t>(source_index(slice_index, r, 0));
            for (int c = 0; c < column.source_count; ++c, ++pixel, voxel += stride)
                visit(pixel, static_cast<std::size_t>(voxel));
        }
    }
};

/// What a lumbar series can be, with room to spare; outside is geometry_out_of_range.
struct GeometryLimits {
    double min_pixel_mm = 0.15;
    double max_pixel_mm = 2.5;
    double max_slice_spacing_mm = 20.0;
    double min_field_of_view_mm = 60.0;
    double max_field_of_view_mm = 700.0;
    int max_matrix = 4096;
    int max_slices = 512;
};

/// not_sagittal when no axis runs left-right (|n.x| ≥ 0.8) or when another axis is the one that was sliced;
/// geometry_out_of_range when sizes, spacings or directions cannot be.
Result<GeometryTrace> trace_geometry(const Geometry& source, const InputPlan& plan,
                                     const GeometryLimits& limits = {});

}  // namespace spineseg
