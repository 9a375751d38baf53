// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/metaimage.h"

#include <charconv>

#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/metaimage_header.h"
#include "worker/volume_files/voxel_codec.h"

namespace spineseg {
namespace {

/// Shortest text that reads back as the same double, whatever the locale.
std::string text_of(double value) {
    std::array<char, 40> buffer;
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

std::string text_of(const Vec3& vector) {
    return text_of(vector[0]) + ' ' + text_of(vector[1]) + ' ' + text_of(vector[2]);
}

}  // namespace

Result<Volume> decode_metaimage(std::span<const std::byte> file) {
    const auto header = parse_metaimage_header(file);
    if (!header) return failure(header.error());
    const auto data = file.subspan(header->data_offset);
    if (header->compressed && header->compressed_bytes != 0 && header->compressed_bytes != data.size()) {
        return failure(ErrorCode::file_unreadable,
                       "CompressedDataSize says " + std::to_string(header->compressed_bytes) +
                           " bytes, but " + std::to_string(data.size()) + " are there");
    }
    ByteStream stream(data,
                      header->compressed ? ByteStream::Encoding::deflated : ByteStream::Encoding::stored);
    auto volume = decode_voxels(stream, header->geometry, header->encoding);
    if (!volume) return volume;
    if (const auto end = stream.expect_end(); !end) return failure(end.error());
    return volume;
}

std::string metaimage_header(const Geometry& geometry, const std::string& element_type,
                             std::size_t compressed_bytes) {
    return "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData "
           "= True\n"
           "CompressedDataSize = " +
           std::to_string(compressed_bytes) + "\nTransformMatrix = " + text_of(geometry.row_direction) + ' ' +
           text_of(geometry.column_direction) + ' ' + text_of(geometry.slice_direction) +
           "\nOffset = " + text_of(geometry.origin) + "\nCenterOfRotation = 0 0 0\nElementSpacing = " +
           text_of(Vec3{geometry.column_spacing, geometry.row_spacing, geometry.slice_spacing}) +
           "\nDimSize = " + std::to_string(geometry.columns) + ' ' + std::to_string(geometry.rows) + ' ' +
           std::to_string(geometry.slices) + "\nElementType = " + element_type +
           "\nElementDataFile = LOCAL\n";
}

}  // namespace spineseg
