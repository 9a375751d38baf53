// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// When a lease was renewed last, and when its worker got on last. By a clock that nobody sets. Values.

#include <chrono>
#include <cstdint>

namespace spineseg {

struct LeaseProgress {
    using Instant = std::chrono::steady_clock::time_point;

    explicit LeaseProgress(Instant now) : last_progress(now), renewed(now) {}
    /// Notes the worker's counter; true when it has stood still for longer than `most`.
    bool stalls(std::uint64_t reported, Instant now, std::chrono::milliseconds most) {
        if (reported > counter) {
            counter = reported;
            last_progress = now;
        }
        return now - last_progress > most;
    }

    std::uint64_t counter = 0;
    Instant last_progress;
    Instant renewed;
};

}  // namespace spineseg
