// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/jpeg_header.h"

namespace spineseg::dicom {
namespace {

constexpr std::uint8_t kStartOfImage = 0xd8;

int number(std::span<const std::uint8_t> bytes, std::size_t at) {
    return bytes[at] << 8 | bytes[at + 1];
}

/// Baseline, extended, lossless, JPEG-LS.
bool is_frame_header(std::uint8_t marker) {
    return marker == 0xc0 || marker == 0xc1 || marker == 0xc3 || marker == 0xf7;
}

/// Huffman, arithmetic and quantisation tables, restart interval, application data, JPEG-LS presets, comment.
bool may_stand_before_a_frame(std::uint8_t marker) {
    return marker == 0xc4 || marker == 0xcc || marker == 0xdb || marker == 0xdd ||
           (marker >= 0xe0 && marker <= 0xef) || marker == 0xf8 || marker == 0xfe;
}

}  // namespace

bool begins_jpeg(std::span<const std::uint8_t> bytes) {
    return bytes.size() >= 2 && bytes[0] == 0xff && bytes[1] == kStartOfImage;
}

std::optional<JpegHeader> read_jpeg_header(std::span<const std::uint8_t> bytes) {
    if (!begins_jpeg(bytes)) return std::nullopt;
    for (std::size_t at = 2; bytes.size() - at >= 4;) {
        const std::uint8_t marker = bytes[at + 1];
        const auto length = static_cast<std::size_t>(number(bytes, at + 2));
        if (bytes[at] != 0xff || length < 2 || length > bytes.size() - at - 2) return std::nullopt;
        if (is_frame_header(marker)) {
            if (length < 8) return std::nullopt;
            return JpegHeader{bytes[at + 4], number(bytes, at + 5), number(bytes, at + 7), bytes[at + 9]};
        }
        if (!may_stand_before_a_frame(marker)) return std::nullopt;
        at += 2 + length;
    }
    return std::nullopt;
}

}  // namespace spineseg::dicom
