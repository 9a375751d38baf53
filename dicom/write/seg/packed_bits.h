// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The Pixel Data of a BINARY Segmentation (PS3.5 8.1.1, PS3.3 C.8.20.2): one continuous stream of bits over
/// all frames, least significant bit first, no padding between frames, a zero byte where the length would be
/// odd. Written here because DCMTK 3.6.7's own packing corrupts frames whose pixel count is no multiple of
/// eight.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spineseg::dicom {

class PackedBits {
  public:
    explicit PackedBits(std::size_t bit_count) : bytes_((bit_count + 15) / 16 * 2) {}
    void push(bool bit) {
        bytes_[next_ / 8] |= static_cast<std::uint8_t>(static_cast<unsigned>(bit) << (next_ % 8));
        ++next_;
    }
    /// Appends `count` zero bits.
    void skip(std::size_t count) { next_ += count; }
    const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
    std::size_t next_ = 0;
};

/// How many all-zero frames make rows × columns × frames a multiple of 16: then the stream needs no pad byte,
/// which
/// @cornerstonejs/adapters 5.14 refuses, and cannot be taken for frames padded to bytes, which it tries
/// first.
std::size_t frames_to_add(std::size_t pixels_per_frame, std::size_t frames);

}  // namespace spineseg::dicom
