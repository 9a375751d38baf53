// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The image files of a folder, for who reads a series from a disk. Any thread.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.h"

namespace spineseg::dicom {

/// Sorted by name; not of folders within it, and none that is no image by its name (core/image_file_name.h).
/// file_not_found, file_unreadable.
Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder);

/// Of at most 512 MiB: geometry_out_of_range beyond. file_unreadable.
Result<std::vector<std::uint8_t>> bytes_of(const std::filesystem::path& file);

}  // namespace spineseg::dicom
