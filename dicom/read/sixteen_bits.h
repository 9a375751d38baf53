// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Elements whose VR is US or SS, depending on Pixel Representation: their bits, and the number they mean.
/// For this library's sources only.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <optional>

namespace spineseg::dicom {

struct PixelFormat;

/// The bits of one value, whether it was written as US or as SS; nothing where there is none.
std::optional<std::uint16_t> sixteen_bits(DcmItem& item, const DcmTagKey& tag, unsigned long index);

/// `bits` as a number of a cell's whole width, whatever Bits Stored says.
std::int32_t cell_number(std::uint16_t bits, const PixelFormat& format);

}  // namespace spineseg::dicom
