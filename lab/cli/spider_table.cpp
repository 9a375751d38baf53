// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/spider_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

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
    const auto rows = read_csv(csv);
    if (!rows) return failure(rows.error());
    const auto wrong = [&](const std::string& what) {
        return failure(ErrorCode::file_unreadable, csv.string() + ": " + what);
    };
    if (rows->empty()) return wrong("is empty");
    const auto& header = rows->front();
    const auto column = [&](const char* name) {
        return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
    };
    const std::size_t name = column("new_file_name"), manufacturer = column("Manufacturer"),
                      field = column("MagneticFieldStrength"), subset = column("subset");
    for (const char* needed : {"new_file_name", "Manufacturer", "MagneticFieldStrength", "subset"})
        if (column(needed) == header.size()) return wrong("has no column " + std::string(needed));
    SpiderTable table;
    for (auto row = rows->begin() + 1; row != rows->end(); ++row) {
        if (row->size() != header.size())
            return wrong("row \"" + row->front() + "\" has " + std::to_string(row->size()) +
                         " cells, the header " + std::to_string(header.size()));
        const auto strength = tesla(dicom_value((*row)[field]));
        if (!strength) return wrong("row \"" + (*row)[name] + "\": " + strength.error().detail);
        const SpiderSeries facts{dicom_value((*row)[manufacturer]), *strength, dicom_value((*row)[subset])};
        if (!table.emplace((*row)[name], facts).second) return wrong("has two rows \"" + (*row)[name] + "\"");
    }
    return table;
}

}  // namespace spineseg
