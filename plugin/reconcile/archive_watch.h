// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// When the Reconciler works: on what Orthanc says was deleted or became stable, and in rounds over all ended
/// jobs, for what happened while nobody listened. One round follows the start, a hundred jobs a second; later
/// a hundred jobs are looked at every ten minutes. Each step on the work thread is one job or at most 500
/// ids, so that a heartbeat waits no longer than that.

#include <functional>
#include <string>
#include <vector>

#include "core/thread_annotations.h"
#include "db/reopening_store.h"
#include "plugin/log/log.h"
#include "plugin/reconcile/reconciler.h"

namespace spineseg {

class ArchiveWatch {
  public:
    /// Runs a step on the work thread; any thread may call it.
    using Post = std::function<void(std::function<void()>)>;
    ArchiveWatch(Reconciler reconciler, ReopeningStore& store, Log& log, Post post, bool round_at_start);

    /// An instance or a series was deleted. Any thread, a change callback of Orthanc included: only queues.
    void left(const std::string& orthanc_id) EXCLUDES(mutex_);
    /// A series became stable and was judged. Work thread.
    void came(const std::string& orthanc_series_id);
    /// Every ended job is looked at soon, because the database is another one than before. Work thread.
    void look_at_all();
    /// Once a second, work thread.
    void tick();

  private:
    static constexpr std::size_t kMostPending = 50'000;
    static constexpr std::size_t kIdsAtOnce = 500;
    static constexpr int kJobsAtOnce = 100;
    static constexpr int kTicksBetween = 600;
    static constexpr int kTicksAfterFailure = 60;

    /// What drain() takes up.
    struct Pending {
        std::vector<std::string> ids;
        bool more = false;
        bool overflowed = false;
    };
    Pending take_pending() EXCLUDES(mutex_);
    void post_drain();
    void drain() REQUIRES(work_);
    void step() REQUIRES(work_);
    void post_step();
    void take_up_later(const Error& why) REQUIRES(work_);
    void begin_round() REQUIRES(work_);

    ReopeningStore& store_;
    Log& log_;
    const Post post_;

    Mutex mutex_;
    std::vector<std::string> pending_ GUARDED_BY(mutex_);
    bool drain_posted_ GUARDED_BY(mutex_) = false;
    bool overflowed_ GUARDED_BY(mutex_) = false;

    ThreadRole work_;
    Reconciler reconciler_ GUARDED_BY(work_);
    bool whole_round_ GUARDED_BY(work_);
    int jobs_left_ GUARDED_BY(work_) = 0;
    int jobs_left_at_tick_ GUARDED_BY(work_) = 0;
    int ticks_until_next_ GUARDED_BY(work_) = 0;
};

}  // namespace spineseg
