// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Writers of the result objects: Segmentation (PS3.3 A.51, BINARY, bits packed by us) and Parametric Map
/// (A.75, float32). Same input, model and request → same UIDs and same bytes. Any thread; no state.

#include <cstdint>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/volume.h"
#include "dicom/series.h"

namespace spineseg::dicom {

/// Who made the result and from what: everything that enters the UIDs and the descriptive attributes.
struct Provenance {
    std::string model_id;
    std::string model_version;
    std::string model_digest;
    std::string software_version;
    std::string device_serial_number = "spineseg";  ///< an installation's own id, if it has one
    SegmentRequest request;                         ///< with the values that were used
    std::string content_date;  ///< "YYYYMMDD"; the source's study date unless the caller knows better
    std::string content_time;  ///< "HHMMSS"
};

struct ResultFile {
    ResultObject object;              ///< kind and UIDs filled
    std::vector<std::uint8_t> dicom;  ///< a Part 10 file, Explicit VR Little Endian
};

/// One BINARY Segmentation with the segments of the label map (core's Label) that own at least one voxel.
/// invalid_argument when the grids differ; an all-background map is no_anatomy_found.
Result<ResultFile> write_segmentation(const Series& source, const LabelMap& labels,
                                      const Provenance& provenance);

/// One float32 Parametric Map with a frame per source slice, ascending along row × column. `uncertainty` is
/// normalised predictive entropy 0..1; stored as percent.
Result<ResultFile> write_parametric_map(const Series& source, const Volume& uncertainty,
                                        const Provenance& provenance);

}  // namespace spineseg::dicom
