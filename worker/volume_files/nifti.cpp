// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/nifti.h"

#include <array>

#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/nifti_header.h"
#include "worker/volume_files/voxel_codec.h"

namespace spineseg {
namespace {

bool is_gzip(std::span<const std::byte> file) {
    return file.size() > 2 && file[0] == std::byte{0x1f} && file[1] == std::byte{0x8b};
}

}  // namespace

Result<Volume> decode_nifti(std::span<const std::byte> file) {
    ByteStream stream(file, is_gzip(file) ? ByteStream::Encoding::deflated : ByteStream::Encoding::stored);
    std::array<std::byte, kNifti2HeaderSize> bytes;
    const auto start = std::span(bytes).first<4>();
    if (auto read = stream.read(start); !read) return failure(ErrorCode::file_unreadable, "not a NIfTI file");
    const std::size_t size = nifti_header_size(start);
    if (size == 0) return failure(ErrorCode::file_unreadable, "not a NIfTI file");
    if (auto read = stream.read(std::span(bytes).subspan(4, size - 4)); !read) return failure(read.error());
    const auto header = parse_nifti_header(std::span(bytes).first(size));
    if (!header) return failure(header.error());
    if (auto skipped = stream.skip(header->data_offset - size); !skipped) return failure(skipped.error());
    auto volume = decode_voxels(stream, header->geometry, header->encoding);
    if (!volume) return volume;
    if (const auto end = stream.expect_end(); !end) return failure(end.error());
    return volume;
}

}  // namespace spineseg
