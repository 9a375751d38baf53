// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pixel Padding Value and Pixel Padding Range Limit (PS3.3 C.7.5.1.1.2): pixels that are no part of the
/// image. For this library's sources only.

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

class DcmItem;

namespace spineseg::dicom {

struct PixelFormat;

/// Both ends belong to the padding.
struct PixelPadding {
    std::int32_t lowest = 0;
    std::int32_t highest = 0;

    bool covers(std::int32_t value) const { return value >= lowest && value <= highest; }
};

/// Nothing where the dataset names no padding. US and SS are read alike: the 16 bits count, and Pixel
/// Representation says how. unsupported_pixel_format where they cannot be read.
Result<std::optional<PixelPadding>> read_pixel_padding(DcmItem& dataset, const PixelFormat& format,
                                                       const std::string& name);

}  // namespace spineseg::dicom
