// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Series in JPEG 2000, which DCMTK cannot write.

#include <cstdint>
#include <vector>

#include "tests/dicom/sample_series.h"

namespace spineseg::dicom::testing {

/// One lossless code stream, by OpenJPEG's encoder.
std::vector<std::uint8_t> jpeg2000_stream(const std::vector<std::int32_t>& samples, unsigned columns,
                                          unsigned rows, bool is_signed);
/// A series whose slices are JPEG 2000; `cut` bytes are missing from the code stream of slice 2.
Files jpeg2000_files(const Volume& volume, bool is_signed, std::size_t cut = 0);

}  // namespace spineseg::dicom::testing
