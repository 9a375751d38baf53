// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What changed since somebody asked last. Every change of a job has a number, which only grows (triggers in
/// operations_schema.h). Part of JobStore's database and its connection; any thread may call. Fails with
/// database_unavailable when SQLite does.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

struct ChangedJobs {
    std::int64_t last = 0;          ///< up to here; the next question's `since`
    std::vector<std::string> jobs;  ///< ids, in the order of their latest change
    bool queue = false;             ///< a state, a priority, or whether the queue is paused
    bool more = false;              ///< there are more than were asked for
    bool reset = false;             ///< `since` is of another database: whatever is known of the jobs is void
    bool any() const { return queue || more || reset || !jobs.empty(); }
};

class JobChanges {
  public:
    explicit JobChanges(std::shared_ptr<sqlite::StoreConnection> connection);

    /// Without `since` only `last` is set.
    Result<ChangedJobs> since(std::optional<std::int64_t> since);
    static constexpr int kMostJobs = 500;

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
