// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Reads our result objects back onto the grid of the series that they were made from, so that `spineseg show`
/// and the tests see what the archive holds. Frames are placed
/// by their own Image Position (Patient), never by their order. Any thread; no state.

#include "core/result.h"
#include "core/volume.h"
#include "dicom/read/series.h"

namespace spineseg::dicom {

/// A BINARY Segmentation whose segments have the types that segmentation_writer.h writes. Where segments overlap,
/// the later one wins. Errors: not_dicom, truncated_file, unsupported_sop_class, unsupported_pixel_format,
/// missing_attribute, and invalid_argument where a frame lies on no slice of the series.
Result<LabelMap> read_segmentation(const InstanceBytes& file, const Series& source);

/// A float32 Parametric Map, values mapped to the real world (percent) by the linear mapping that all frames
/// share (PS3.3 C.7.6.16.2.11); slices without a frame are 0. Errors as above; a map without such a mapping
/// is a missing_attribute.
Result<Volume> read_parametric_map(const InstanceBytes& file, const Series& source);

}  // namespace spineseg::dicom
