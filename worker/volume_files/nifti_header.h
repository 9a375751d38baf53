// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The fixed-size header of a NIfTI-1 or NIfTI-2 file (nifti.nimh.nih.gov, nifti1.h and nifti2.h), checked,
/// with its RAS+ placement turned into LPS. Pure. Any thread.

#include <cstddef>
#include <span>

#include "core/geometry.h"
#include "core/result.h"
#include "worker/volume_files/voxel_codec.h"

namespace spineseg {

inline constexpr std::size_t kNifti1HeaderSize = 348;
inline constexpr std::size_t kNifti2HeaderSize = 540;

struct NiftiHeader {
    Geometry geometry;
    VoxelEncoding encoding;
    std::size_t data_offset = 0;  ///< where the voxels begin in the uncompressed file
};

/// How long the header is, from its first four bytes; 0 if it is no NIfTI header.
std::size_t nifti_header_size(std::span<const std::byte, 4> start);

/// `bytes` is the whole header. The sform places the volume if it has a code, else the qform. Refused: a file
/// with neither, since it says nothing about the patient; one whose sform contradicts pixdim (by 0.5 %) or,
/// where both have codes, the qform (by 1 degree or 1 mm).
Result<NiftiHeader> parse_nifti_header(std::span<const std::byte> bytes);

}  // namespace spineseg
