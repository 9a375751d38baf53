// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What SPIDER's overview.csv tells about each series, for choosing and for counting. Values.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/result.h"

namespace spineseg {

struct SpiderSeries {
    std::string manufacturer;              ///< "Philips Healthcare"; empty: not stated
    std::optional<double> field_strength;  ///< tesla
    std::string subset;                    ///< "training" or "validation"
};
using SpiderTable = std::map<std::string, SpiderSeries>;  ///< by series name ("18_t2_SPACE")

/// Needs the columns new_file_name, Manufacturer, MagneticFieldStrength and subset: file_unreadable names the
/// one that is missing, or the row with a field strength that is no number, or the series that has two rows.
/// file_not_found.
Result<SpiderTable> read_spider_table(const std::filesystem::path& overview_csv);

}  // namespace spineseg
