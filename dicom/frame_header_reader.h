// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An instance → the header of each of its images: from the dataset of a classic MR instance, from the shared
/// and per-frame functional groups (PS3.3 C.7.6.16) of an enhanced one. For this room's sources only.

#include <vector>

#include "core/result.h"
#include "dicom/frame_header.h"
#include "dicom/instance_reader.h"

namespace spineseg::dicom {

/// missing_attribute when position, orientation or spacing is absent or malformed; non_finite_pixels when the
/// rescale is.
Result<std::vector<FrameHeader>> read_frame_headers(const Instance& instance, std::size_t instance_index);

/// What each frame shows; one for a single-frame instance.
std::vector<ImageKind> frame_kinds(DcmDataset& dataset);

}  // namespace spineseg::dicom
