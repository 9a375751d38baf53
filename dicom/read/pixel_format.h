// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How a pixel's value lies in its cell. Values; no DCMTK.

#include <cstddef>

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

}  // namespace spineseg::dicom
