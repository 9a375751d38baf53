// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/log/log.h"

#include <vector>

#include "core/printable_text.h"

namespace spineseg {

void Log::say(Level level, std::string_view line, const LogPlace& place) {
    bool allowed = false;
    std::vector<std::string> reports;
    {
        const MutexLock lock(mutex_);
        const auto now = clock_();
        allowed = budget_.allows(place, now);
        reports = budget_.reports(now);
    }
    for (const auto& report : reports) write(Level::warning, report);
    if (allowed) write(level, printable(line));
}

}  // namespace spineseg
