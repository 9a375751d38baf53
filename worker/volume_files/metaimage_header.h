// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The text in front of a MetaImage's voxels (itk.org, "MetaIO/Documentation"), checked. Pure. Any thread.

#include <cstddef>
#include <span>

#include "core/geometry.h"
#include "core/result.h"
#include "worker/volume_files/voxel_codec.h"

namespace spineseg {

struct MetaImageHeader {
    Geometry geometry;
    VoxelEncoding encoding;
    bool compressed = false;
    std::size_t compressed_bytes = 0;  ///< 0: not stated
    std::size_t data_offset = 0;       ///< where the voxels begin in the file
};

/// Three-dimensional scalar images with their voxels in the same file only; file_unreadable says what else it
/// is.
Result<MetaImageHeader> parse_metaimage_header(std::span<const std::byte> file);

}  // namespace spineseg
