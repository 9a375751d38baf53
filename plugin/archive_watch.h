// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// When the Reconciler works: on what Orthanc says was deleted or became stable, and in rounds over all ended
/// jobs, for what happened while nobody listened. One round follows the start, a hundred jobs a second; later
/// a hundred jobs are looked at every ten minutes. Each step on the work thread is one job or at most 500
/// ids, so that a heartbeat waits no longer than that.

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "plugin/log.h"
#include "plugin/reconciler.h"
#include "plugin/reopening_store.h"

namespace spineseg {

class ArchiveWatch {
  public:
    /// Runs a step on the work thread; any thread may call it.
    using Post = std::function<void(std::function<void()>)>;
    ArchiveWatch(Reconciler reconciler, ReopeningStore& store, Log& log, Post post, bool round_at_start);

    /// An instance or a series was deleted. Any thread, a change callback of Orthanc included: only queues.
    void left(const std::string& orthanc_id);
    /// A series became stable and was judged. Work thread.
    void came(const std::string& orthanc_series_id);
    /// Once a second, work thread.
    void tick();

  private:
    static constexpr std::size_t kMostPending = 50'000;
    static constexpr std::size_t kIdsAtOnce = 500;
    static constexpr int kJobsAtOnce = 100;
    static constexpr int kTicksBetween = 600;
    static constexpr int kTicksAfterFailure = 60;

    void drain();
    void step();
    void take_up_later(const Error& why);
    void begin_round();

    Reconciler reconciler_;
    ReopeningStore& store_;
    Log& log_;
    const Post post_;

    std::mutex mutex_;
    std::vector<std::string> pending_;
    bool drain_posted_ = false;
    bool overflowed_ = false;

    // Work thread.
    bool whole_round_;
    int jobs_left_ = 0;
    int jobs_left_at_tick_ = 0;
    int ticks_until_next_ = 0;
};

}  // namespace spineseg
