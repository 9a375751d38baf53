// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Modality LUT Sequence (PS3.3 C.11.1): a table instead of Rescale Slope and Intercept. For this library's
/// sources only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

class DcmItem;

namespace spineseg::dicom {

struct PixelFormat;

class ModalityLut {
  public:
    ModalityLut(std::int32_t first_mapped, int bits, std::vector<std::uint16_t> entries);

    /// Values below the first mapped one get the first entry, values above the last one the last.
    std::int32_t at(std::int32_t value) const;
    std::int32_t highest() const { return (std::int32_t{1} << bits_) - 1; }

  private:
    std::int32_t first_mapped_;
    int bits_;
    std::vector<std::uint16_t> entries_;
};

/// Nothing where there is no such sequence. unsupported_pixel_format where the table is malformed: a
/// descriptor that is not three numbers, other than 8 to 16 bits, more or fewer entries than it says, entries
/// of more bits.
Result<std::optional<ModalityLut>> read_modality_lut(DcmItem& dataset, const PixelFormat& format,
                                                     const std::string& name);

}  // namespace spineseg::dicom
