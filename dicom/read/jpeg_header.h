// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The markers of a JPEG or JPEG-LS stream (ISO/IEC 10918-1 B.1, 14495-1 C.1) up to its frame header, read
/// before DCMTK may: its own scan for the bit depth never ends at a TEM marker, and frame sizes are allocated
/// as they are found. Pure.

#include <cstdint>
#include <optional>
#include <span>

namespace spineseg::dicom {

struct JpegHeader {
    int precision = 0;
    int rows = 0;
    int columns = 0;
    int components = 0;
};

bool begins_jpeg(std::span<const std::uint8_t> bytes);

/// nullopt when there is no sound frame header of a process that DICOM's JPEG transfer syntaxes use.
std::optional<JpegHeader> read_jpeg_header(std::span<const std::uint8_t> bytes);

}  // namespace spineseg::dicom
