// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What operators do with the queue as a whole, and what they ask of it. Part of JobStore's database and its connection;
/// any thread may call. Fails with database_unavailable when SQLite does.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "db/job_journal.h"

namespace spineseg {

/// Kept in the database, so that it outlives a restart. Arrivals are queued in every mode, and what runs goes on.
enum class QueueMode {
    running,
    paused,    ///< no lease is granted
    draining,  ///< the same, on the way to an end: whoever asked waits until nothing runs
};
std::string_view to_string(QueueMode mode);

/// Of jobs since a time, such as midnight.
struct QueueFigures {
    int arrived = 0;           ///< queued first since then
    int done = 0, review = 0;  ///< ended since then; `review`: of those that are done
    int rejected = 0, failed = 0;
    std::optional<double> median, p95;  ///< seconds from being asked for to done
    std::optional<Timestamp>
        oldest_due;  ///< since when the job waits that has waited longest and may start now
};

namespace sqlite {
/// Within a transaction of another store.
QueueMode queue_mode(Database& database);
}  // namespace sqlite

class QueueControl {
  public:
    using Clock = std::function<Timestamp()>;
    QueueControl(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock);

    Result<QueueMode> mode();
    /// The journal says who did it. Nothing happens where the queue is in that mode already.
    Result<void> set_mode(QueueMode mode, const Asker& by);
    /// Of a job that has not ended. not_found, or invalid_argument when it has ended. The journal says who did it.
    Result<Job> set_priority(const std::string& job_id, int priority, const Asker& by);
    /// The turnaround is that of the newest kMostTimed jobs.
    Result<QueueFigures> figures(Timestamp since);
    static constexpr int kMostTimed = 5000;

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg
