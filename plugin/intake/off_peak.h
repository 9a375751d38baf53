// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// When the quiet hours of a day are (the setting OffPeakHours), in the server's local time. Pure but for the time zone;
/// any thread.

#include <optional>

#include "config/settings.h"
#include "core/job.h"

namespace spineseg {

/// nullopt where `now` lies in these hours; otherwise when they begin next.
std::optional<Timestamp> next_off_peak(const OffPeak& hours, Timestamp now);

/// The day's beginning by the server's clock.
Timestamp local_midnight(Timestamp now);

}  // namespace spineseg
