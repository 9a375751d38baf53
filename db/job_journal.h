// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What was asked for, what ran, and what was done with the results, and by whom. Entries are only appended: the
/// database refuses to change them, and to delete what is younger than prune() was told to keep (triggers in
/// operations_schema.h). The journal of a job outlives the job. Part of JobStore's database and its connection; any thread may
/// call. Fails with database_unavailable when SQLite does.

#include <chrono>
#include <cstdint>
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
    std::int64_t number = 0;  ///< set by the store; grows
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
    /// Oldest first; of more than kMostEntries the newest.
    Result<std::vector<JournalEntry>> of(const std::string& job_id);
    /// Of all jobs and of none, newest first.
    Result<std::vector<JournalEntry>> newest(int limit);
    /// Of all jobs and of none, those with a higher number than `after`, oldest first.
    Result<std::vector<JournalEntry>> after(std::int64_t number, int limit);
    /// Deletes what was written more than `keep` ago, at most kPrunedAtOnce entries; returns how many.
    Result<int> prune(std::chrono::milliseconds keep);
    static constexpr int kMostEntries = 500;
    static constexpr int kPrunedAtOnce = 5000;

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg
