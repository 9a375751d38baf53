// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What every writer of a result takes and gives. Same input, model and request → same UIDs; with the same
/// time, same bytes. Any thread; no state.

#include <cstdint>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/quality_verdict.h"
#include "core/result.h"
#include "dicom/write/analysis_time.h"

namespace spineseg::dicom {

/// Who made the result and from what: everything that enters the UIDs and the descriptive attributes.
struct Provenance {
    std::string model_id;
    std::string model_version;
    std::string model_digest;
    std::string software_version;
    std::string device_serial_number = "spineseg";  ///< an installation's own id, if it has one
    SegmentRequest request;                         ///< with the values that were used
    /// Said in every object's Series Description, and in what else people read.
    QualityVerdict verdict = QualityVerdict::pass;
    /// Enters no UID: a rerun makes the same object again. Must be given.
    AnalysisTime made;
};

/// Where a structure is in a Segmentation.
struct WrittenSegment {
    std::uint8_t label = 0;  ///< in the label map
    int number = 0;          ///< Segment Number
};

struct ResultFile {
    ResultObject object;                        ///< kind and UIDs filled
    std::vector<std::uint8_t> dicom;            ///< a Part 10 file, Explicit VR Little Endian
    std::vector<WrittenSegment> segments = {};  ///< of a Segmentation, in its order
};

}  // namespace spineseg::dicom
