// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/seg/packed_bits.h"

#include <numeric>

namespace spineseg::dicom {

std::size_t frames_to_add(std::size_t pixels_per_frame, std::size_t frames) {
    const std::size_t period = 16 / std::gcd(pixels_per_frame, std::size_t{16});
    return (period - frames % period) % period;
}

}  // namespace spineseg::dicom
