// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rows of real header values in a CSV file (SPIDER's overview.csv) as DICOM elements.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "dicom/write/mr_series_writer.h"

namespace spineseg {

/// RFC 4180: quotes, doubled quotes, commas and line breaks inside quotes. file_unreadable for an open quote.
Result<std::vector<std::vector<std::string>>> parse_csv(const std::string& text);

/// parse_csv() of a file of bounded size; file_not_found or file_unreadable, naming the file.
Result<std::vector<std::vector<std::string>>> read_csv(const std::filesystem::path& file);

/// "[0.625, 0.625]" and "['5.6.1', '5.6.1.2']" → "0.625\\0.625", "5.6.1\\5.6.1.2"; anything else only
/// trimmed.
std::string dicom_value(const std::string& cell);

/// The row whose first cell is `name`, by column name. not_found names the file, and some rows that there
/// are.
Result<std::map<std::string, std::string>> read_header_row(const std::filesystem::path& csv,
                                                           const std::string& name);

/// Columns → header. What the volume decides (spacing, pixel format) and what is no DICOM (num_vertebrae,
/// subset) is left out; SPIDER's `birth_date` holds ages.
dicom::MrSeriesHeader header_from_row(const std::map<std::string, std::string>& row);

}  // namespace spineseg
