// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The job that is computed, as the I/O thread and the compute thread share it. Any thread may call.

#include <atomic>
#include <cstdint>
#include <mutex>

#include "core/job.h"

namespace spineseg {

class ActiveJob {
  public:
    struct Snapshot {
        Progress progress;
        std::uint64_t counter = 0;  ///< reports so far
    };

    /// Returns false once the job is abandoned: the computation then stops soon.
    bool report(const Progress& progress) {
        const std::lock_guard lock(mutex_);
        snapshot_.progress = progress;
        ++snapshot_.counter;
        return !abandoned_;
    }
    void abandon() { abandoned_ = true; }
    bool abandoned() const { return abandoned_; }
    Snapshot snapshot() const {
        const std::lock_guard lock(mutex_);
        return snapshot_;
    }

  private:
    mutable std::mutex mutex_;
    Snapshot snapshot_{{Stage::fetching, 0.0}, 0};
    std::atomic<bool> abandoned_ = false;
};

}  // namespace spineseg
