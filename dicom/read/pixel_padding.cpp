// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/pixel_padding.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>

#include "dicom/read/pixel_format.h"
#include "dicom/read/sixteen_bits.h"

namespace spineseg::dicom {

Result<std::optional<PixelPadding>> read_pixel_padding(DcmItem& dataset, const PixelFormat& format,
                                                       const std::string& name) {
    if (!dataset.tagExistsWithValue(DCM_PixelPaddingValue)) return std::optional<PixelPadding>();
    const auto value = sixteen_bits(dataset, DCM_PixelPaddingValue, 0);
    const auto limit = dataset.tagExistsWithValue(DCM_PixelPaddingRangeLimit)
                           ? sixteen_bits(dataset, DCM_PixelPaddingRangeLimit, 0)
                           : value;
    if (!value || !limit)
        return failure(
            ErrorCode::unsupported_pixel_format,
            name + ": Pixel Padding Value or Range Limit is no number of 16 bits; correct or remove it");
    const auto [lowest, highest] = std::minmax({cell_number(*value, format), cell_number(*limit, format)});
    return std::optional(PixelPadding{lowest, highest});
}

}  // namespace spineseg::dicom
