// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// When an analysis was made, in DICOM's words (PS3.5 §6.2: DA, TM, DT). A value that the caller hands in:
/// the writers read no clock. Any thread.

#include <optional>
#include <string>

#include "core/job.h"

namespace spineseg::dicom {

struct AnalysisTime {
    Timestamp utc{};         ///< not given while it is the epoch
    int offset_minutes = 0;  ///< local time minus UTC, where the analysis ran

    bool given() const { return utc != Timestamp{}; }
    AnalysisTime in_zone(int minutes) const { return {utc, minutes}; }
    std::string date() const;       ///< "20261129", local
    std::string time() const;       ///< "194214", local
    std::string date_time() const;  ///< "20261129194214+0100"
};

/// The minutes of a Timezone Offset From UTC (0008,0201) such as "+0100"; nullopt where it is none (PS3.3
/// C.12.1.1.2: -1200 to +1400).
std::optional<int> utc_offset_of(const std::string& text);

}  // namespace spineseg::dicom
