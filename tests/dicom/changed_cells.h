// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A plain series whose stored cells and header are changed, and what the reader makes of it.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "dicom/read/series.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom::testing {

using Cells = std::vector<Uint16>;

/// 0 to 4000, with a 0 in it: what the intensities are without any of the things below.
inline Volume plain_volume() {
    Volume volume = random_volume(sagittal_geometry(19, 17, 7), 12);
    volume.voxels[5] = 0;
    return volume;
}

inline void edit_cells(DcmDataset& dataset, const std::function<Uint16(Uint16, std::size_t)>& change) {
    const Uint16* words = nullptr;
    unsigned long count = 0;
    dataset.findAndGetUint16Array(DCM_PixelData, words, &count);
    Cells cells(words, words + count);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = change(cells[i], i);
    dataset.putAndInsertUint16Array(DcmTag(DCM_PixelData, EVR_OW), cells.data(), cells.size());
}

inline void set_bits(DcmDataset& dataset, int stored, bool is_signed = false) {
    dataset.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(stored));
    dataset.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(stored - 1));
    dataset.putAndInsertUint16(DCM_PixelRepresentation, is_signed ? 1 : 0);
}

inline Files files_with(const std::function<void(DcmDataset&, int slice)>& edit) {
    return sample_files(plain_volume(), {}, edit);
}

inline std::vector<float> voxels_with(const std::function<void(DcmDataset&, int slice)>& edit) {
    return read_good(files_with(edit)).volume.voxels;
}

inline std::string refusal(const std::function<void(DcmDataset&, int slice)>& edit) {
    const Files files = files_with(edit);
    const auto read = read_series(files.instances());
    if (read) return "it was read";
    EXPECT_EQ(read.error().code, ErrorCode::unsupported_pixel_format);
    return read.error().detail;
}

inline std::function<void(DcmDataset&, int)> rescaled(const char* slope, const char* intercept) {
    return [=](DcmDataset& dataset, int) {
        dataset.putAndInsertString(DCM_RescaleSlope, slope);
        dataset.putAndInsertString(DCM_RescaleIntercept, intercept);
    };
}

}  // namespace spineseg::dicom::testing
