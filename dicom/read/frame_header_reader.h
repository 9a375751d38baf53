// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A dataset → the header of each of its images, see stacks/frame_header_reader.h. For this library's sources
/// only (includes DCMTK).

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <string>
#include <vector>

#include "stacks/frame_header_reader.h"

namespace spineseg::dicom {

/// One for a single-frame instance. A multi-frame object whose functional groups end before its frames do
/// yields one reading more than it has groups, with that fault.
std::vector<FrameReading> read_frame_headers(DcmDataset& dataset, const std::string& name,
                                             std::size_t instance, const ImageWords& words);

}  // namespace spineseg::dicom
