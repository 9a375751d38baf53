// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The measurement report: a Comprehensive 3D SR after TID 1500, the root of a result set as IHE AI Results
/// wants it. It cites the Segmentation's segments under their tracking UIDs, the Parametric Map and the
/// source images. Same input → same bytes. Any thread; no state.

#include <optional>
#include <string>
#include <vector>

#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "core/vertebra_parts.h"
#include "dicom/read/series.h"
#include "dicom/write/result_file.h"

namespace spineseg::dicom {

/// How far the result may be trusted, as the pipeline judges it.
struct QualityStatement {
    QualityVerdict verdict = QualityVerdict::pass;
    std::string reason;  ///< of a verdict that is no pass: one sentence, ASCII
};

struct ReportContent {
    const SpineLevels& levels;
    const std::vector<StructureMeasurements>& measurements;
    std::optional<QualityStatement> quality;
    const VertebraParts* parts = nullptr;  ///< a group for each whose segment is cited
};

/// `cited` are the result objects that were written for the same source: Segmentations by their segments,
/// others as images. invalid_argument where the series was not read from DICOM.
Result<ResultFile> write_report(const Series& source, const ReportContent& content,
                                const std::vector<ResultFile>& cited, const Provenance& provenance);

}  // namespace spineseg::dicom
