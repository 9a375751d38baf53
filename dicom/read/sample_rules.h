// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What an instance says about its cells beside their format: which are padding, whether a table maps them,
/// and whether overlays lie in the bits above High Bit. For this library's sources only.

#include <optional>
#include <string>

#include "core/result.h"
#include "dicom/read/modality_lut.h"
#include "dicom/read/pixel_format.h"
#include "dicom/read/pixel_padding.h"

class DcmDataset;

namespace spineseg::dicom {

struct SampleRules {
    std::optional<PixelPadding> padding;
    std::optional<ModalityLut> lut;
    bool overlay_above_high_bit =
        false;                         ///< PS3.5 8.1.2, retired: an overlay in the unused bits of each cell
    bool sign_may_be_missing = false;  ///< JPEG: a decoder need not extend the sign into the unused bits
};

/// unsupported_pixel_format where padding or table are malformed.
Result<SampleRules> read_sample_rules(DcmDataset& dataset, const PixelFormat& format,
                                      const std::string& name);

}  // namespace spineseg::dicom
