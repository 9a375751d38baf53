// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pixel Data → numbers, for native, RLE, JPEG, JPEG-LS (DCMTK's codecs) and JPEG 2000 (OpenJPEG). Sizes are
/// checked against the header before anything is decoded. For this library's sources only.

#include <string>

#include "core/result.h"
#include "dicom/read/pixel_format.h"
#include "dicom/read/stored_pixels.h"

class DcmDataset;

namespace spineseg::dicom {

bool can_decode(const std::string& transfer_syntax_uid);

/// truncated_file or missing_attribute when the pixel data cannot hold what the header promises. Decodes
/// nothing.
Result<void> check_pixel_data(DcmDataset& dataset, const PixelFormat& format, const std::string& name);

/// Decodes in place: the result may refer to the dataset's memory. truncated_file when the code stream is
/// damaged.
Result<StoredPixels> decode_pixels(DcmDataset& dataset, const PixelFormat& format, const std::string& name);

}  // namespace spineseg::dicom
