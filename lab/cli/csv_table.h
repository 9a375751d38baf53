// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A CSV file whose first row names the columns. Values; any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

struct CsvTable {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  ///< each with one cell for every column

    /// The column's place in a row; columns.size() where there is none of that name.
    std::size_t place(const std::string& column) const;
};

/// Errors are those of read_csv(), and file_unreadable, with the file's name, for an empty file and for a row with another
/// number of cells than the first.
Result<CsvTable> read_csv_table(const std::filesystem::path& file);

}  // namespace spineseg
