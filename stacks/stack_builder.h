// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Orders images along the normal of their plane and proves that they form one regular grid (docs/dicom.md
/// §5.2.4: orientation 1e-3, spacing the larger of 0.1 mm and 3 %, lateral drift 1 mm). Pure: knows no DICOM
/// and no pixels.

#include <span>
#include <vector>

#include "core/geometry.h"
#include "core/result.h"
#include "stacks/frame_header.h"

namespace spineseg {

struct Stack {
    Geometry geometry;
    std::vector<std::size_t> order;  ///< indices into the headers given, ascending along row × column
};

/// Errors: multiple_orientations, multiple_stacks, inconsistent_series, too_few_slices, missing_slices,
/// irregular_spacing, geometry_out_of_range.
Result<Stack> build_stack(std::span<const FrameHeader> headers, int min_slices);

}  // namespace spineseg
