// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where a NIfTI volume lies in the patient: sform, qform and pixdim, held against each other. Pure. Any
/// thread.

#include <array>
#include <cstdint>

#include "core/geometry.h"
#include "core/result.h"

namespace spineseg {

/// What both versions of the format state, in one width.
struct NiftiStatement {
    std::array<std::int64_t, 8> dim{};
    std::array<double, 8> pixdim{};
    int datatype = 0;
    int bitpix = 0;
    double vox_offset = 0;
    double slope = 0;
    double intercept = 0;
    int units = 0;
    int qform_code = 0;
    int sform_code = 0;
    std::array<double, 6> quaternion_and_offset{};
    std::array<double, 12> srow{};
};

/// `geometry` has its sizes; spacing, directions and origin are filled in, in LPS and mm.
Result<Geometry> placed(Geometry geometry, const NiftiStatement& s);

}  // namespace spineseg
