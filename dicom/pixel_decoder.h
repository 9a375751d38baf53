// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pixel Data → numbers, for native, RLE, JPEG, JPEG-LS (DCMTK's codecs) and JPEG 2000 (OpenJPEG). Sizes are
/// checked against the header before anything is decoded. For this room's sources only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

class DcmDataset;

namespace spineseg::dicom {

/// The Image Pixel module (PS3.3 C.7.6.3) of a greyscale image of 8 to 16 bits.
struct PixelFormat {
    int rows = 0;
    int columns = 0;
    int frames = 1;
    int bits_allocated = 16;
    int bits_stored = 16;
    int high_bit = 15;
    bool is_signed = false;
    bool inverted = false;  ///< MONOCHROME1: low values are bright

    std::size_t frame_pixels() const {
        return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    }
};

bool can_decode(const std::string& transfer_syntax_uid);

/// truncated_file or missing_attribute when the pixel data cannot hold what the header promises. Decodes
/// nothing.
Result<void> check_pixel_data(DcmDataset& dataset, const PixelFormat& format, const std::string& name);

/// The stored cells of all frames, bits_allocated wide, in the machine's byte order.
class StoredPixels {
  public:
    explicit StoredPixels(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    explicit StoredPixels(std::span<const std::uint16_t> words) : words_(words) {}
    explicit StoredPixels(std::vector<std::uint16_t> owned) : owned_(std::move(owned)), words_(owned_) {}
    StoredPixels(StoredPixels&&) = default;
    StoredPixels& operator=(StoredPixels&&) = default;

    /// One frame's values: bits extracted, sign extended, MONOCHROME1 turned round, then slope × value +
    /// intercept.
    void frame_values(const PixelFormat& format, int frame, double slope, double intercept,
                      std::span<float> out) const;

  private:
    std::vector<std::uint16_t> owned_;
    std::span<const std::uint8_t> bytes_;
    std::span<const std::uint16_t> words_;
};

/// Decodes in place: the result may refer to the dataset's memory. truncated_file when the code stream is
/// damaged.
Result<StoredPixels> decode_pixels(DcmDataset& dataset, const PixelFormat& format, const std::string& name);

}  // namespace spineseg::dicom
