// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/sixteen_bits.h"

#include "dicom/read/pixel_format.h"

namespace spineseg::dicom {

std::optional<std::uint16_t> sixteen_bits(DcmItem& item, const DcmTagKey& tag, unsigned long index) {
    Uint16 plain = 0;
    if (item.findAndGetUint16(tag, plain, index).good()) return plain;
    Sint16 with_sign = 0;
    if (item.findAndGetSint16(tag, with_sign, index).good()) return static_cast<std::uint16_t>(with_sign);
    return std::nullopt;
}

std::int32_t cell_number(std::uint16_t bits, const PixelFormat& format) {
    if (format.bits_allocated == 8)
        return format.is_signed ? std::int32_t{static_cast<std::int8_t>(bits)}
                                : std::int32_t{static_cast<std::uint8_t>(bits)};
    return format.is_signed ? std::int32_t{static_cast<std::int16_t>(bits)} : std::int32_t{bits};
}

}  // namespace spineseg::dicom
