// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Colour pictures over source slices for viewers that show nothing else: single-frame Secondary Captures
/// (PS3.3 A.8.1), RGB, with the plane attributes of their slice so that they scroll along. Same input → same
/// bytes. Any thread; no state.

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/read/series.h"
#include "dicom/write/result_file.h"

namespace spineseg::dicom {

/// A slice drawn `scale` times as large, pixel for pixel in the source's orientation. Its text is burnt in.
struct SlicePicture {
    int slice = 0;  ///< of the source's volume
    int scale = 1;  ///< picture pixels along a source pixel
    std::vector<std::uint8_t>
        rgb;  ///< rows × columns × scale² pixels of three bytes, as the rows lie in the source
};

/// One instance for each picture, all in one series. `kind` is contours or heat_map. invalid_argument where a
/// picture's slice or size is none of the source's.
Result<std::vector<ResultFile>> write_pictures(const Series& source, ResultKind kind,
                                               const std::vector<SlicePicture>& pictures,
                                               const Provenance& provenance);

}  // namespace spineseg::dicom
