// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/stored_pixels.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <limits>

#include "dicom/read/sample_rules.h"
#include "dicom/read/sixteen_bits.h"

namespace spineseg::dicom {
namespace {

/// A cell's bits → the value that Bits Stored and High Bit cut out of it.
class SampleCutter {
  public:
    explicit SampleCutter(const PixelFormat& format)
        : shift_(format.high_bit + 1 - format.bits_stored),
          mask_((std::int32_t{1} << format.bits_stored) - 1),
          sign_bit_(format.is_signed ? (mask_ + 1) / 2 : 0) {}

    std::int32_t value(std::uint16_t cell) const {
        const std::int32_t bits = (cell >> shift_) & mask_;
        return (bits ^ sign_bit_) - sign_bit_;
    }
    /// MONOCHROME1's mirror: the lowest possible value becomes the highest.
    std::int32_t mirrored(std::int32_t value) const { return (sign_bit_ != 0 ? -1 : mask_) - value; }

  private:
    int shift_;
    std::int32_t mask_;
    std::int32_t sign_bit_;
};

/// Padding may be named as the whole cell, also where it needs more bits than Bits Stored, or as the value.
bool is_padding(const SampleRules& rules, const PixelFormat& format, std::uint16_t cell, std::int32_t value) {
    return rules.padding &&
           (rules.padding->covers(cell_number(cell, format)) || rules.padding->covers(value));
}

/// What was seen above High Bit.
struct UnusedBits {
    std::uint16_t all = 0xffff;  ///< set in every cell
    std::uint16_t any = 0;       ///< set in some cell
    std::size_t cells = 0;
    std::size_t filled = 0;  ///< cells with some unused bit set
    std::int32_t largest = 0;
    bool negative = false;     ///< some cell has the sign bit set
    bool extends_sign = true;  ///< every cell repeats its sign in the unused bits
};

}  // namespace

Result<std::uint16_t> StoredPixels::unused_bits(const PixelFormat& format, const SampleRules& rules,
                                                const std::string& name) const {
    const auto above = static_cast<std::uint16_t>(((std::uint32_t{1} << format.bits_allocated) - 1) &
                                                  ~((std::uint32_t{2} << format.high_bit) - 1));
    if (above == 0 || rules.overlay_above_high_bit) return std::uint16_t{0};
    const auto full = static_cast<std::uint16_t>((std::uint32_t{1} << format.bits_allocated) - 1);
    const SampleCutter cutter(format);
    UnusedBits seen;
    const std::size_t count = format.frame_pixels() * static_cast<std::size_t>(format.frames);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t bits = cell(i);
        const std::int32_t value = cutter.value(bits);
        if (is_padding(rules, format, bits, value)) continue;
        // Every bit set: a scanner's saturated sample, which is cut to the largest value.
        if (!format.is_signed && bits == full) continue;
        const auto unused = static_cast<std::uint16_t>(bits & above);
        seen.all &= unused;
        seen.any |= unused;
        ++seen.cells;
        seen.filled += unused != 0;
        seen.largest = std::max<std::int32_t>(seen.largest, bits);
        seen.negative |= value < 0;
        seen.extends_sign &= unused == (value < 0 ? above : 0);
    }
    if (seen.cells == 0 || seen.extends_sign) return std::uint16_t{0};
    // Without a sign in use, bits that never change say nothing; with one they may be the value's own.
    const bool constant = seen.all == seen.any;
    if (constant && (!seen.negative || (seen.any == 0 && rules.sign_may_be_missing))) return seen.any;
    const std::string stored = std::to_string(format.bits_stored);
    return failure(
        ErrorCode::unsupported_pixel_format,
        name + ": the samples contradict Bits Stored " + stored + " and High Bit " +
            std::to_string(format.high_bit) + ": " + std::to_string(seen.filled) + " of " +
            std::to_string(seen.cells) + " have bits above it, the largest is " +
            std::to_string(seen.largest) + (format.is_signed ? ", or lack the sign there" : "") +
            "; whether these bits belong to the values cannot be known: correct Bits Stored and High "
            "Bit, or clear the bits");
}

void StoredPixels::frame_values(const PixelFormat& format, const SampleRules& rules, int frame, double slope,
                                std::span<float> out) const {
    const SampleCutter cutter(format);
    const std::size_t begin = format.frame_pixels() * static_cast<std::size_t>(frame);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint16_t bits = cell(begin + i);
        std::int32_t value = cutter.value(bits);
        if (is_padding(rules, format, bits, value)) {
            out[i] = std::numeric_limits<float>::quiet_NaN();
            continue;
        }
        if (rules.lut) value = rules.lut->at(value);
        if (format.inverted) value = rules.lut ? rules.lut->highest() - value : cutter.mirrored(value);
        out[i] = static_cast<float>(slope * value);
    }
}

}  // namespace spineseg::dicom
