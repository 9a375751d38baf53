// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One JPEG 2000 code stream (ISO/IEC 15444-1) of one component, by OpenJPEG: DCMTK has no such codec. Pure.

#include <cstdint>
#include <span>

#include "core/result.h"

namespace spineseg::dicom {

/// The stream begins with the SOC and SIZ markers, or is a JP2 file (forbidden by PS3.5 A.4.4, but seen).
bool begins_jpeg2000(std::span<const std::uint8_t> bytes);

/// The samples as unsigned cells in two's complement. truncated_file when the stream is damaged or is another
/// size.
Result<void> decode_jpeg2000_frame(std::span<const std::uint8_t> stream, int columns, int rows,
                                   std::span<std::uint16_t> out);

}  // namespace spineseg::dicom
