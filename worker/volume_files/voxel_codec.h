// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the two file formats share: the scalar types on disk, the limits that a lumbar volume cannot reach,
/// and the decoding of voxels into floats. Fails with file_unreadable or non_finite_pixels. Any thread.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/geometry.h"
#include "core/result.h"
#include "core/volume.h"
#include "worker/volume_files/byte_stream.h"

namespace spineseg {

enum class ScalarType { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };
std::size_t byte_size(ScalarType type);

inline constexpr std::int64_t kLargestDimension = 8192;
inline constexpr std::int64_t kLargestVoxelCount = std::int64_t{1} << 27;  ///< 512 MiB as float
inline constexpr std::size_t kLargestFile = std::size_t{1} << 30;

struct VoxelEncoding {
    ScalarType type = ScalarType::int16;
    bool big_endian = false;
    double slope = 1.0;
    double intercept = 0.0;
};

/// Sizes within the limits, spacings positive and finite, origin finite, axes of unit length (made exactly
/// so) and at right angles: what the rest of the project takes for granted.
Result<Geometry> checked(Geometry geometry);

/// Three sizes as files state them, bounded before anything is allocated for them.
Result<Geometry> sized(std::int64_t columns, std::int64_t rows, std::int64_t slices);

/// Reads all voxels; refuses before allocating if the stream cannot hold them, and afterwards if it holds
/// more.
Result<Volume> decode_voxels(ByteStream& stream, const Geometry& geometry, const VoxelEncoding& encoding);

}  // namespace spineseg
