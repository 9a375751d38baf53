// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether two files hold the same result, the times apart: how the plugin tells a rerun from another object
/// under the same SOP Instance UID. Pure; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"

namespace spineseg {

/// The elements in which two runs on the same input differ rightfully: Instance Creation, Series, Content and
/// Secondary Capture Date and Time, and Contribution DateTime. `enclosing` is the innermost sequence, 0 in
/// the dataset itself.
bool is_time_of_analysis(std::uint32_t tag, std::uint32_t enclosing);

/// The first place where the datasets differ, e.g. "(7FE0,0010)"; nullopt where they are equal. The file meta
/// information is not compared. Where the transfer syntaxes differ (an archive that compresses what it
/// receives), neither are pixel data and what describes their layout. Errors as Part10Cursor.
Result<std::optional<std::string>> result_difference(std::span<const std::uint8_t> ours,
                                                     std::span<const std::uint8_t> theirs);

}  // namespace spineseg
