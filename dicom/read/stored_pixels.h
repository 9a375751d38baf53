// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The decoded cells of an instance, and the values in them. For this library's sources only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "dicom/read/pixel_format.h"

namespace spineseg::dicom {

struct SampleRules;

/// The stored cells of all frames, bits_allocated wide, in the machine's byte order.
class StoredPixels {
  public:
    explicit StoredPixels(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    explicit StoredPixels(std::span<const std::uint16_t> words) : words_(words) {}
    explicit StoredPixels(std::vector<std::uint16_t> owned) : owned_(std::move(owned)), words_(owned_) {}
    StoredPixels(StoredPixels&&) = default;
    StoredPixels& operator=(StoredPixels&&) = default;

    /// The bits above High Bit must be known to carry no part of a value: they repeat the sign, hold an
    /// overlay that the header declares, or are the same in every cell that is no padding. Returns what
    /// they hold (0 for a sign and for overlays). unsupported_pixel_format where the values contradict
    /// Bits Stored.
    Result<std::uint16_t> unused_bits(const PixelFormat& format, const SampleRules& rules,
                                      const std::string& name) const;

    /// One frame's values before the intercept: bits extracted, sign extended, through the Modality LUT,
    /// MONOCHROME1 turned round, times slope. NaN where the pixel is padding.
    void frame_values(const PixelFormat& format, const SampleRules& rules, int frame, double slope,
                      std::span<float> out) const;

  private:
    std::uint16_t cell(std::size_t index) const { return bytes_.empty() ? words_[index] : bytes_[index]; }

    std::vector<std::uint16_t> owned_;
    std::span<const std::uint8_t> bytes_;
    std::span<const std::uint16_t> words_;
};

}  // namespace spineseg::dicom
