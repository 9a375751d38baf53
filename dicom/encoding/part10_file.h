// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A dataset → a DICOM Part 10 file in memory, Explicit VR Little Endian. For this library's sources only.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace spineseg::dicom {

/// The same dataset gives the same bytes. Throws ElementError when DCMTK refuses.
std::vector<std::uint8_t> part10_file(std::unique_ptr<DcmDataset> dataset);
/// The elements alone, without preamble and meta header.
std::vector<std::uint8_t> dataset_bytes(DcmDataset& dataset);

}  // namespace spineseg::dicom
