// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What was done with a job and with its results, and who asked for it. Grows until it holds kMostEntries of a job,
/// then the oldest go; it is pruned with its job. Part of JobStore's database and its connection; any thread may
/// call. Fails with database_unavailable when SQLite does.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"

namespace spineseg {

namespace sqlite {
class Database;
class StoreConnection;
}  // namespace sqlite

/// Who asked, as far as it is known. Empty for what the plugin does by itself.
struct Asker {
    std::string user;     ///< "alice"; "alice (not checked)" where Orthanc asked for no password
    std::string address;  ///< "192.0.2.7", "127.0.0.1 for 192.0.2.7" behind a proxy
    friend bool operator==(const Asker&, const Asker&) = default;
};

struct JournalEntry {
    std::string job_id;   ///< empty: of no job, such as another model
    std::string action;   ///< "requested", "canceled", "deleted", "sent", "not sent", ...
    std::string subject;  ///< a SOP Instance UID, or where to
    std::string detail;
    Timestamp written{};  ///< set by the store
    Asker by{};
};

namespace sqlite {
/// Within a transaction of another store.
void append_journal(Database& database, const JournalEntry& entry, Timestamp now);
}  // namespace sqlite

class JobJournal {
  public:
    using Clock = std::function<Timestamp()>;
    JobJournal(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock);

    Result<void> append(const JournalEntry& entry);
    /// Oldest first.
    Result<std::vector<JournalEntry>> of(const std::string& job_id);
    /// Of all jobs and of none, newest first.
    Result<std::vector<JournalEntry>> newest(int limit);
    static constexpr int kMostEntries = 500;  ///< of a job, and of no job; db/schema.cpp keeps to it

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg
