// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The database, if it can be opened. Trouble with it must not keep Orthanc from serving: the slot stays
/// empty, says why, and is tried again. Any thread.

#include <filesystem>
#include <memory>

#include "core/result.h"
#include "core/thread_annotations.h"
#include "db/job_store.h"

namespace spineseg {

class ReopeningStore {
  public:
    explicit ReopeningStore(std::filesystem::path file, JobStore::Clock clock = JobStore::system_clock(),
                            QueuePolicy policy = {});

    /// Opens the database unless it is open. Called at start and by the timer.
    Result<void> open();
    /// The store, shared so that a request in flight keeps it alive while the plugin stops; or why there is
    /// none.
    Result<std::shared_ptr<JobStore>> get() const;

  private:
    const std::filesystem::path file_;
    const JobStore::Clock clock_;
    const QueuePolicy policy_;
    mutable Mutex mutex_;
    std::shared_ptr<JobStore> store_ GUARDED_BY(mutex_);
    Error why_not_ GUARDED_BY(mutex_){ErrorCode::database_unavailable,
                                      "the database has not been opened yet"};
};

}  // namespace spineseg
