// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/spider_table.h"

#include <charconv>
#include <cmath>

#include "lab/cli/csv_table.h"
#include "worker/cli/header_table.h"

namespace spineseg {
namespace {

Result<std::optional<double>> tesla(const std::string& text) {
    if (text.empty()) return std::optional<double>();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value <= 0)
        return failure(ErrorCode::file_unreadable,
                       "the field strength \"" + text + "\" is no number of tesla");
    return std::optional(value);
}

}  // namespace

Result<SpiderTable> read_spider_table(const std::filesystem::path& csv) {
    const auto cells = read_csv_table(csv);
    if (!cells) return failure(cells.error());
    const auto wrong = [&](const std::string& what) {
        return failure(ErrorCode::file_unreadable, csv.string() + ": " + what);
    };
    for (const char* needed : {"new_file_name", "Manufacturer", "MagneticFieldStrength", "subset"})
        if (cells->place(needed) == cells->columns.size())
            return wrong("has no column " + std::string(needed));
    const std::size_t name = cells->place("new_file_name"), manufacturer = cells->place("Manufacturer"),
                      field = cells->place("MagneticFieldStrength"), subset = cells->place("subset");
    SpiderTable table;
    for (const auto& row : cells->rows) {
        const auto strength = tesla(dicom_value(row[field]));
        if (!strength) return wrong("row \"" + row[name] + "\": " + strength.error().detail);
        const SpiderSeries facts{dicom_value(row[manufacturer]), *strength, dicom_value(row[subset])};
        if (!table.emplace(row[name], facts).second) return wrong("has two rows \"" + row[name] + "\"");
    }
    return table;
}

}  // namespace spineseg
