// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/csv_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "worker/cli/header_table.h"

namespace spineseg {

std::size_t CsvTable::place(const std::string& column) const {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin());
}

Result<CsvTable> read_csv_table(const std::filesystem::path& file) {
    auto rows = read_csv(file);
    if (!rows) return failure(rows.error());
    if (rows->empty()) return failure(ErrorCode::file_unreadable, file.string() + ": is empty");
    CsvTable table;
    table.columns = std::move(rows->front());
    table.rows.assign(std::make_move_iterator(rows->begin() + 1), std::make_move_iterator(rows->end()));
    for (const auto& row : table.rows)
        if (row.size() != table.columns.size())
            return failure(ErrorCode::file_unreadable,
                           file.string() + ": row \"" + row.front() + "\" has " + std::to_string(row.size()) +
                               " cells, the header " + std::to_string(table.columns.size()));
    return table;
}

}  // namespace spineseg
