// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Wraps a volume as a classic MR Image Storage series (PS3.3 A.4), one instance per slice: what `spineseg
/// dicomize` and `spineseg phantom` write. Makes test and demo series; never used on results.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg::dicom {

struct MrSeriesHeader {
    std::string patient_name = "SPINESEG^DEMO";
    std::string patient_id = "SPINESEG-DEMO";
    std::string study_description = "MR lumbar spine";
    std::string series_description = "T2 SAG";
    std::string uid_seed = "demo";  ///< all UIDs derive from it: the same seed gives the same series
    int series_number = 3;
    /// Further elements by DICOM keyword, e.g. {"RepetitionTime", "3563.07"}; unknown keywords are
    /// invalid_argument.
    std::map<std::string, std::string> elements;
};

/// Writes IM0001.dcm … into `folder` (created). Slices keep the volume's geometry. Whole numbers are stored
/// as they are, unsigned when none is negative; intensities with fractions are spread over 16 bits with
/// Rescale Slope and Intercept. Returns the files in slice order.
Result<std::vector<std::filesystem::path>> write_mr_series(const Volume& volume, const MrSeriesHeader& header,
                                                           const std::filesystem::path& folder);

}  // namespace spineseg::dicom
