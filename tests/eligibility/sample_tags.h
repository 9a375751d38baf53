// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Headers for tests, made here.

#include <map>
#include <string>

#include "eligibility/series_tags.h"

namespace spineseg {

/// Orthanc's form of an id, filled with one digit.
inline std::string orthanc_id(char digit) {
    const std::string group(8, digit);
    return group + "-" + group + "-" + group + "-" + group + "-" + group;
}

/// A sagittal lumbar T2 series as Philips and Siemens consoles write it.
inline SeriesTags lumbar_series(const std::string& id, int slices = 15) {
    SeriesTags tags;
    tags.orthanc_series_id = id;
    tags.orthanc_study_id = orthanc_id('e');
    tags.series_instance_uid = "1.2.3." + std::to_string(id.front());
    tags.values = {{"SeriesInstanceUID", tags.series_instance_uid},
                   {"SOPClassUID", "1.2.840.10008.5.1.4.1.1.4"},
                   {"Modality", "MR"},
                   {"Manufacturer", "SIEMENS"},
                   {"ImageType", "ORIGINAL\\PRIMARY\\M\\NORM\\DIS2D"},
                   {"SeriesDescription", "t2_tse_sag_384"},
                   {"BodyPartExamined", "LSPINE"},
                   {"ScanningSequence", "SE"},
                   {"SamplesPerPixel", "1"},
                   {"Rows", "384"},
                   {"Columns", "384"},
                   {"PixelSpacing", "0.7291667\\0.7291667"},
                   {"ImageOrientationPatient", "0\\1\\0\\0\\0\\-1"}};
    for (int i = 0; i < slices; ++i) {
        const auto number = std::to_string(i);
        tags.instances.push_back({"instance-" + number + "-of-" + id, tags.series_instance_uid + "." + number,
                                  parse_orientation("0\\1\\0\\0\\0\\-1"), Vec3{-30 + 4.4 * i, -140, 140}});
    }
    return tags;
}

/// A lumbar series with some header values changed; an empty value removes.
inline SeriesTags series_with(const std::map<std::string, std::string>& changes) {
    auto tags = lumbar_series(orthanc_id('1'));
    for (const auto& [keyword, value] : changes) {
        if (value.empty())
            tags.values.erase(keyword);
        else
            tags.values[keyword] = value;
    }
    return tags;
}

}  // namespace spineseg
