// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One file's header as texts by keyword, for whoever asks what a series says of itself without reading its
/// pixels. Values; DCMTK stays hidden.

#include <string>
#include <utility>
#include <vector>

#include "core/image_words.h"
#include "core/result.h"
#include "dicom/read/instance_bytes.h"
#include "stacks/frame_header_reader.h"

namespace spineseg::dicom {

struct HeaderValues {
    std::string study_instance_uid;
    std::string series_instance_uid;
    std::string sop_instance_uid;
    std::string sop_class_uid;
    std::vector<FrameReading> frames;  ///< the header of each image, named after the file
    /// Keyword (PS3.6) → value in UTF-8, several values separated by a backslash: the dataset's own plain
    /// elements, then those of the shared and of the first frame's functional groups under their own keyword,
    /// then "AnatomicRegion", the code meaning of AnatomicRegionSequence. No private elements, no binary
    /// ones, none above 1 KiB. Patient elements are among them: SeriesTags::take() drops those.
    std::vector<std::pair<std::string, std::string>> values;
};

/// Of any Part 10 file. Errors: not_dicom, truncated_file, unsupported_transfer_syntax, missing_attribute
/// when it lacks its UIDs. `words` are a site's, see core/image_words.h.
Result<HeaderValues> read_header_values(const InstanceBytes& bytes, const ImageWords& words = {});

}  // namespace spineseg::dicom
