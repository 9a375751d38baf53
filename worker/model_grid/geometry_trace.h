// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What preprocessing did to a grid, typed so that it can be undone: which source axis each model grid axis
/// walks, in which direction, at which step, and where on the model grid the source lies. Found from direction
/// cosines, never from the names or the order of axes. Values; any thread.

#include <array>
#include <cstddef>
#include <vector>

#include "config/model_manifest.h"
#include "core/geometry.h"
#include "core/result.h"
#include "core/sagittal_axes.h"
#include "worker/model_grid/axis_filter.h"

namespace spineseg {

/// One model grid axis and the source axis that it walks. Slices are walked one by one (step 1, offset 0).
struct AxisWalk {
    int source_axis = 0;    ///< 0 column, 1 row, 2 slice: the index order of core's Geometry
    bool reversed = false;  ///< the model grid index grows against the source index
    int source_count = 0;
    int resampled_count = 0;  ///< model grid pixels that the source covers
    int model_count = 0;
    int offset = 0;     ///< first covered model grid pixel
    double step = 1.0;  ///< source pixels per model grid pixel; exactly 1 where the spacings match

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

/// Where the model's pixels lie: rows and columns of the model's grid, and these of its slices.
Geometry model_grid_geometry(const GeometryTrace& trace, int first_slice, int slices);

/// Errors: those of find_sagittal_axes().
Result<GeometryTrace> trace_geometry(const Geometry& source, const InputPlan& plan,
                                     const GeometryLimits& limits = {});

}  // namespace spineseg
