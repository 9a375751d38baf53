// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/sample_rules.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "dicom/encoding/dcmtk_compat.h"

namespace spineseg::dicom {
namespace {

/// Overlay groups are 6000, 6002, ... 601E; Overlay Bits Allocated is 1 where the overlay has data of its
/// own.
bool has_overlay_above(DcmItem& dataset, int high_bit) {
    for (Uint16 group = 0x6000; group <= 0x601e; group = static_cast<Uint16>(group + 2)) {
        Uint16 allocated = 1, position = 0;
        if (dataset.findAndGetUint16(DcmTagKey(group, 0x0100), allocated).good() && allocated > 1 &&
            dataset.findAndGetUint16(DcmTagKey(group, 0x0102), position).good() && position > high_bit)
            return true;
    }
    return false;
}

}  // namespace

Result<SampleRules> read_sample_rules(DcmDataset& dataset, const PixelFormat& format,
                                      const std::string& name) {
    const auto padding = read_pixel_padding(dataset, format, name);
    if (!padding) return failure(padding.error());
    const auto lut = read_modality_lut(dataset, format, name);
    if (!lut) return failure(lut.error());
    const E_TransferSyntax syntax = dataset.getOriginalXfer();
    return SampleRules{*padding, *lut, has_overlay_above(dataset, format.high_bit),
                       is_encapsulated(DcmXfer(syntax)) && syntax != EXS_RLELossless};
}

}  // namespace spineseg::dicom
