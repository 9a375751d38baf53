// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Writers of the result objects: Segmentation (PS3.3 A.51, BINARY, bits packed by us) and Parametric Map
/// (A.75, float32). Same input, model and request → same UIDs; with the same time, same bytes. Any thread; no
/// state.

#include <cstdint>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/spine_levels.h"
#include "core/volume.h"
#include "dicom/analysis_time.h"
#include "dicom/series.h"

namespace spineseg::dicom {

/// How far the pipeline trusts the result.
enum class QualityVerdict { pass, review, reject };

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

/// Where a structure stands in a Segmentation.
struct WrittenSegment {
    std::uint8_t label = 0;  ///< in the label map
    int number = 0;          ///< Segment Number
};

struct ResultFile {
    ResultObject object;                        ///< kind and UIDs filled
    std::vector<std::uint8_t> dicom;            ///< a Part 10 file, Explicit VR Little Endian
    std::vector<WrittenSegment> segments = {};  ///< of a Segmentation, in its order
};

/// `label_map` (Supplement 243) has one frame for every slice and segment numbers as values; archives and
/// viewers before 2025 do not know it.
enum class SegmentationEncoding { binary, label_map };

/// One segment for each vertebra and disc and one for the canal, in the order of `levels`. BINARY instances
/// hold at most 400 frames; where there are more, each further instance stands in a series of its own, since
/// viewers load one a series. invalid_argument when the grids differ; an all-background map is
/// no_anatomy_found.
Result<std::vector<ResultFile>> write_segmentation(
    const Series& source, const SpineLevels& levels, const Provenance& provenance,
    SegmentationEncoding encoding = SegmentationEncoding::binary);

/// One BINARY Segmentation with the structures of the label map (core's Label) that own at least one voxel,
/// all levels of a structure in one segment. Errors as above; geometry_out_of_range where 400 frames do not
/// suffice.
Result<ResultFile> write_segmentation(const Series& source, const LabelMap& labels,
                                      const Provenance& provenance);

/// What a Parametric Map's values are; the object says so.
enum class MapQuantity {
    predictive_entropy,  ///< normalised
    mutual_information,  ///< the part of it that the ensemble's disagreement explains, on the same scale
};

/// One float32 Parametric Map with a frame per source slice, ascending along row × column. `uncertainty` is
/// 0..1; stored so, and mapped to percent as its real world value.
Result<ResultFile> write_parametric_map(const Series& source, const Volume& uncertainty,
                                        const Provenance& provenance,
                                        MapQuantity quantity = MapQuantity::predictive_entropy);

}  // namespace spineseg::dicom
