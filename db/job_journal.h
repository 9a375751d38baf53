// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What was done with results once a job had ended. Only grows, and is pruned with its job. Part of JobStore's
/// database and its connection; any thread may call. Fails with database_unavailable when SQLite does.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

struct JournalEntry {
    std::string job_id;
    std::string action;   ///< "deleted", "sent", "not sent", ...
    std::string subject;  ///< a SOP Instance UID, or where to
    std::string detail;
    Timestamp written{};  ///< set by the store
};

class JobJournal {
  public:
    using Clock = std::function<Timestamp()>;
    JobJournal(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock);

    Result<void> append(const JournalEntry& entry);
    /// Oldest first.
    Result<std::vector<JournalEntry>> of(const std::string& job_id);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg
