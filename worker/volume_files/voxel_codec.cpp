// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/voxel_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string>

#include "worker/volume_files/unreadable.h"

namespace spineseg {
namespace {

constexpr double kLargestSpacing = 1000.0;
constexpr double kLargestOffset = 1e6;
constexpr double kAxisTolerance = 1e-3;  // 0.06 degrees: float32 headers are 1e-6 off, sheared grids far more

bool plausible_spacing(double spacing) {
    return std::isfinite(spacing) && spacing > 0 && spacing <= kLargestSpacing;
}

bool plausible_position(double coordinate) {
    return std::isfinite(coordinate) && std::abs(coordinate) <= kLargestOffset;
}

template <typename T>
void decode(std::span<const std::byte> bytes, const VoxelEncoding& encoding, std::span<float> voxels) {
    const bool swap = encoding.big_endian != (std::endian::native == std::endian::big);
    for (std::size_t i = 0; i < voxels.size(); ++i) {
        std::array<std::byte, sizeof(T)> raw;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof(T)), sizeof(T), raw.begin());
        if (swap) std::reverse(raw.begin(), raw.end());
        const auto value = static_cast<double>(std::bit_cast<T>(raw));
        voxels[i] = static_cast<float>(value * encoding.slope + encoding.intercept);
    }
}

using Decoder = void (*)(std::span<const std::byte>, const VoxelEncoding&, std::span<float>);

Decoder decoder_of(ScalarType type) {
    switch (type) {
        case ScalarType::int8:
            return decode<std::int8_t>;
        case ScalarType::uint8:
            return decode<std::uint8_t>;
        case ScalarType::int16:
            return decode<std::int16_t>;
        case ScalarType::uint16:
            return decode<std::uint16_t>;
        case ScalarType::int32:
            return decode<std::int32_t>;
        case ScalarType::uint32:
            return decode<std::uint32_t>;
        case ScalarType::int64:
            return decode<std::int64_t>;
        case ScalarType::uint64:
            return decode<std::uint64_t>;
        case ScalarType::float32:
            return decode<float>;
        case ScalarType::float64:
            return decode<double>;
    }
    return nullptr;
}

bool all_finite(std::span<const float> voxels) {
    return std::all_of(voxels.begin(), voxels.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

std::size_t byte_size(ScalarType type) {
    switch (type) {
        case ScalarType::int8:
        case ScalarType::uint8:
            return 1;
        case ScalarType::int16:
        case ScalarType::uint16:
            return 2;
        case ScalarType::int32:
        case ScalarType::uint32:
        case ScalarType::float32:
            return 4;
        case ScalarType::int64:
        case ScalarType::uint64:
        case ScalarType::float64:
            return 8;
    }
    return 0;
}

Result<Geometry> sized(std::int64_t columns, std::int64_t rows, std::int64_t slices) {
    for (const auto size : {columns, rows, slices}) {
        if (size < 1 || size > kLargestDimension) {
            return unreadable("a size of " + std::to_string(size) + " voxels is outside 1.." +
                              std::to_string(kLargestDimension));
        }
    }
    if (columns * rows * slices > kLargestVoxelCount) {
        return unreadable(std::to_string(columns * rows * slices) + " voxels are more than the " +
                          std::to_string(kLargestVoxelCount) + " accepted");
    }
    return Geometry{.columns = static_cast<int>(columns),
                    .rows = static_cast<int>(rows),
                    .slices = static_cast<int>(slices)};
}

Result<Geometry> checked(Geometry geometry) {
    for (const double spacing : {geometry.column_spacing, geometry.row_spacing, geometry.slice_spacing}) {
        if (!plausible_spacing(spacing))
            return unreadable("the spacing " + std::to_string(spacing) + " is not usable");
    }
    if (!std::all_of(geometry.origin.begin(), geometry.origin.end(), plausible_position)) {
        return unreadable("the origin is not a usable position");
    }
    for (Vec3* axis : {&geometry.row_direction, &geometry.column_direction, &geometry.slice_direction}) {
        const double length = norm(*axis);
        if (!(std::abs(length - 1.0) <= kAxisTolerance)) {
            return unreadable("a direction has the length " + std::to_string(length) + " instead of 1");
        }
        *axis = normalised(*axis);
    }
    const double skew = std::max({std::abs(dot(geometry.row_direction, geometry.column_direction)),
                                  std::abs(dot(geometry.row_direction, geometry.slice_direction)),
                                  std::abs(dot(geometry.column_direction, geometry.slice_direction))});
    if (skew > kAxisTolerance) return unreadable("the directions are not at right angles (sheared grid)");
    return geometry;
}

Result<Volume> decode_voxels(ByteStream& stream, const Geometry& geometry, const VoxelEncoding& encoding) {
    const std::size_t element = byte_size(encoding.type);
    const std::size_t count = geometry.voxel_count();
    if (count * element > stream.largest_possible_remainder()) {
        return unreadable("the header promises " + std::to_string(count) +
                          " voxels, but the file is too short for them");
    }
    Volume volume{.geometry = geometry, .voxels = std::vector<float>(count)};
    const Decoder decode_part = decoder_of(encoding.type);
    constexpr std::size_t kPart = 65536;
    std::vector<std::byte> buffer(std::min(count, kPart) * element);
    for (std::size_t begin = 0; begin < count; begin += kPart) {
        const std::size_t part = std::min(kPart, count - begin);
        const auto bytes = std::span(buffer).first(part * element);
        if (auto read = stream.read(bytes); !read) return failure(read.error());
        decode_part(bytes, encoding, std::span(volume.voxels).subspan(begin, part));
    }
    if (!all_finite(volume.voxels))
        return failure(ErrorCode::non_finite_pixels, "holds NaN or infinite voxels");
    return volume;
}

}  // namespace spineseg
