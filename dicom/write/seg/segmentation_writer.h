// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The Segmentation (PS3.3 A.51), BINARY with the bits packed by us, or a label map (Supplement 243). Any
/// thread; no state.

#include <vector>

#include "core/result.h"
#include "core/spine_levels.h"
#include "core/vertebra_parts.h"
#include "core/volume.h"
#include "dicom/read/series.h"
#include "dicom/write/result_file.h"

namespace spineseg::dicom {

/// `label_map` (Supplement 243) has one frame for every slice and segment numbers as values; archives and
/// viewers before 2025 do not know it.
enum class SegmentationEncoding { binary, label_map };

/// One segment for each vertebra and disc and one for the canal, in the order of `levels`. BINARY instances
/// hold at most 400 frames; where there are more, each further instance is in a series of its own, since
/// viewers load one of each series. invalid_argument when the grids differ; an all-background map is
/// no_anatomy_found.
Result<std::vector<ResultFile>> write_segmentation(
    const Series& source, const SpineLevels& levels, const Provenance& provenance,
    SegmentationEncoding encoding = SegmentationEncoding::binary);

/// BINARY likewise, a body and an arch for each vertebra, in the order of `parts`. no_anatomy_found where there is no
/// vertebra.
Result<std::vector<ResultFile>> write_vertebra_parts(const Series& source, const VertebraParts& parts,
                                                     const Numbering& numbering,
                                                     const Provenance& provenance);

/// One BINARY Segmentation with the structures of the label map (core's Label) that own at least one voxel,
/// all levels of a structure in one segment. Errors as above; geometry_out_of_range where 400 frames do not
/// suffice.
Result<ResultFile> write_segmentation(const Series& source, const LabelMap& labels,
                                      const Provenance& provenance);

}  // namespace spineseg::dicom
