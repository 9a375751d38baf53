// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The database, if it can be opened. Trouble with it must not keep Orthanc from serving: the slot stays
/// empty, says why, and is tried again. A file that is moved, replaced or found damaged while it is open is
/// given up, and what stands under its name then is opened. Any thread.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/result.h"
#include "core/thread_annotations.h"
#include "db/job_store.h"
#include "db/write_signal.h"

namespace spineseg {

class ReopeningStore {
  public:
    explicit ReopeningStore(std::filesystem::path file, JobStore::Clock clock = JobStore::system_clock(),
                            QueuePolicy policy = {});

    /// Opens the database unless it is open. Called at start and by the timer. A file that was open before and
    /// has gone is waited for ten seconds, because somebody may be about to put another one in its place; then
    /// a new one is made.
    Result<void> open();
    /// The store, shared so that a request in flight keeps it alive while the plugin stops; or why there is
    /// none.
    Result<std::shared_ptr<JobStore>> get() const;
    /// A connection of its own for Orthanc's HTTP threads: reading waits for no writer, and no call waits longer
    /// than 200 ms.
    Result<std::shared_ptr<JobStore>> for_routes() const;
    /// Counts the writes of this process into any of the files that were open. Whoever waits for it is woken by stop().
    WriteSignal& writes() const { return *policy_.written; }
    /// Grows with every opening: whoever keeps anything of the database must begin anew.
    int openings() const;

    /// What the last write failed with; nullopt while writing works. For the health route.
    void set_fault(std::optional<Error> fault);
    std::optional<Error> fault() const;

  private:
    struct Open {
        std::shared_ptr<JobStore> work;
        std::shared_ptr<JobStore> routes;
    };
    Open give_up_unusable() const REQUIRES(mutex_);
    Result<void> wait_for_the_file() REQUIRES(mutex_);

    const std::filesystem::path file_;
    const JobStore::Clock clock_;
    const QueuePolicy policy_;
    mutable Mutex mutex_;
    mutable Open open_ GUARDED_BY(mutex_);
    // Both must be closed before another file is opened under the same name: they share a write-ahead log.
    mutable std::weak_ptr<JobStore> old_work_ GUARDED_BY(mutex_);
    mutable std::weak_ptr<JobStore> old_routes_ GUARDED_BY(mutex_);
    mutable Error why_not_ GUARDED_BY(mutex_){ErrorCode::database_unavailable,
                                              "the database has not been opened yet"};
    std::optional<Error> fault_ GUARDED_BY(mutex_);
    std::optional<std::chrono::steady_clock::time_point> missing_since_ GUARDED_BY(mutex_);
    int openings_ GUARDED_BY(mutex_) = 0;
};

}  // namespace spineseg
