// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// DICOM files in folders → series, with the headers that the rules look at. Reads one file at a time;
/// nothing is decoded. Any thread.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "eligibility/series_tags.h"

namespace spineseg {

struct SeriesFiles {
    SeriesTags tags;
    std::vector<std::filesystem::path> files;  ///< in the order of their paths
    /// A damaged file in the folder that holds this series alone: `segment` refuses such a folder.
    std::optional<Error> fault = {};
};

struct UnreadableFile {
    std::filesystem::path file;
    Error error;
    bool stray = false;  ///< no DICOM file, nor named like one: left aside
};

struct FoundFiles {
    std::vector<SeriesFiles> series;  ///< in the order of their first files
    std::vector<UnreadableFile> unreadable;
};

inline constexpr std::size_t kMaxExplainedFiles = 20000;

/// Files as they are named, folders with all that is below them (but what is no image by its name,
/// core/image_file_name.h). file_not_found for a path that is not there, invalid_argument for more than
/// kMaxExplainedFiles.
Result<FoundFiles> find_series(const std::vector<std::filesystem::path>& paths, const ImageWords& words = {});

/// A whole file; file_unreadable names it, as it does one above 512 MiB.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& file);

}  // namespace spineseg
