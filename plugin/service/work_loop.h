// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The work thread: everything that may block (SQLite, Orthanc's REST API), one short step after another. It judges
/// series, catches up with Orthanc's change log, looks through the archive after a fault, ends leases, prunes, and
/// compares the results with the archive;
/// the workers' sessions run their steps on its executor. A heartbeat waits for one step at most: one series, one REST
/// call of catching up, or one job of the comparison. While the database cannot be written nothing is judged: one
/// write a second finds out when it can, and then everything that waits is judged at once.
///
/// Any thread may call the public functions; they queue a step or set an atomic. All other state belongs to the work
/// thread.

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/thread_annotations.h"
#include "db/job_store.h"
#include "db/reopening_store.h"
#include "plugin/archive/archive.h"
#include "plugin/archive/archive_memory.h"
#include "plugin/intake/intake.h"
#include "plugin/log/log.h"
#include "plugin/reconcile/archive_sweep.h"
#include "plugin/reconcile/archive_watch.h"
#include "plugin/reconcile/arrival_watch.h"
#include "plugin/reconcile/change_log_cursor.h"
#include "plugin/reconcile/series_queue.h"
#include "plugin/results/copied_results.h"
#include "plugin/results/leftover_removal.h"
#include "plugin/service/event_thread.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

struct WorkPlan {
    std::chrono::seconds stable_age{60};  ///< Orthanc's StableAge: what is older than that is stable
    int keep_jobs_days = 365;             ///< 0: jobs are kept for ever
    int keep_journal_days = 3650;         ///< 0: the journal is kept for ever
    bool reconcile_on_start = true;
    /// The queue's figures, now and then; may be empty.
    std::function<void(const QueueCounts&)> publish;
    std::vector<std::string> shadow_models = {};  ///< what waits for others is dropped
};

/// What the work thread works with; all outlive it.
struct WorkContext {
    Archive& archive;
    Intake& intake;
    CopiedResults& copied;
    ReopeningStore& store;
    const WorkerRegistry& registry;
    Log& log;
};

class WorkLoop {
  public:
    WorkLoop(WorkContext context, WorkPlan plan, EventThread& thread);

    void start();
    /// Skips the steps of this class that have not begun, so that joining never waits for a queue of them. Those of
    /// the sessions still run, until the thread is stopped.
    void refuse_steps() { refusing_ = true; }
    boost::asio::any_io_executor executor();

    /// Once a second. Nothing happens while the tick before is under way.
    void tick();
    void series_is_stable(const std::string& orthanc_series_id);
    void series_was_deleted(const std::string& orthanc_series_id);
    void instance_was_deleted(const std::string& orthanc_instance_id);
    void instance_arrived(const std::string& orthanc_instance_id);

  private:
    using SteadyClock = std::chrono::steady_clock;

    void post(std::function<void()> step);
    void work_tick() REQUIRES(work_);
    bool open_database() REQUIRES(work_);
    void begin_with_database() REQUIRES(work_);
    void after_fault() REQUIRES(work_);
    bool database_works(JobStore& store) REQUIRES(work_);
    void note_fault(const Error& why) REQUIRES(work_);
    void note_delay() REQUIRES(work_);
    Result<void> end_leases(JobStore& store) REQUIRES(work_);
    void compare_memories(JobStore& store) REQUIRES(work_);
    void note_judged(JobStore& store) REQUIRES(work_);
    void take_out_leftovers(JobStore& store) REQUIRES(work_);
    void look_for_overdue() REQUIRES(work_);
    void sweep() REQUIRES(work_);
    void sweep_page() REQUIRES(work_);
    void judge_next() REQUIRES(work_);
    void judge_waiting() REQUIRES(work_);
    void judge(const std::string& orthanc_series_id) REQUIRES(work_);
    void catch_up() REQUIRES(work_);
    void save_cursor_when_idle(JobStore& store) REQUIRES(work_);
    void publish(JobStore& store) REQUIRES(work_);
    bool idle() const REQUIRES(work_);
    void prune(JobStore& store) REQUIRES(work_);
    void prune_journal(JobStore& store) REQUIRES(work_);
    void prune_shadows(JobStore& store) REQUIRES(work_);
    void forget(const std::string& orthanc_series_id) REQUIRES(work_);

    const WorkContext context_;
    const WorkPlan plan_;
    EventThread& thread_;

    // Any thread.
    ArrivalWatch arrivals_;  ///< keeps its threads apart by itself
    std::atomic<bool> refusing_{false};
    std::atomic<bool> tick_under_way_{false};
    std::atomic<SteadyClock::rep> last_arrival_{SteadyClock::now().time_since_epoch().count()};

    ThreadRole work_;
    SeriesQueue queue_ GUARDED_BY(work_);
    ChangeLogCursor cursor_ GUARDED_BY(work_);
    bool caught_up_ GUARDED_BY(work_) = false;
    bool catching_up_ GUARDED_BY(work_) = false;  ///< a step is queued
    bool judging_ GUARDED_BY(work_) = false;      ///< a step is queued
    int ticks_ GUARDED_BY(work_) = 0;
    int openings_ GUARDED_BY(work_);        ///< of the database, as far as this loop knows
    bool fault_ GUARDED_BY(work_) = false;  ///< the last write failed: nothing is judged until one succeeds
    SteadyClock::time_point last_tick_ GUARDED_BY(work_) = SteadyClock::now();
    SteadyClock::time_point grace_until_ GUARDED_BY(work_){};
    ArchiveMemory memory_ GUARDED_BY(work_);
    bool compared_ GUARDED_BY(work_) = false;  ///< memory_ with the present database
    bool judged_ GUARDED_BY(work_) = false;    ///< something, or jobs were done, since memory_ noted it
    int done_ GUARDED_BY(work_) = 0;           ///< how many jobs were at the last look
    ArchiveSweep sweep_ GUARDED_BY(work_);
    bool sweeping_ GUARDED_BY(work_) = false;  ///< a step is queued
    int pages_left_ GUARDED_BY(work_) = 0;     ///< of this tick
    int ticks_until_sweep_ GUARDED_BY(work_) = 0;
    LeftoverRemoval leftovers_ GUARDED_BY(work_);
    const Timestamp started_;
    ArchiveWatch watch_;  ///< keeps its threads apart by itself
};

}  // namespace spineseg
