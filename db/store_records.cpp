// SPDX-License-Identifier: GPL-3.0-or-later
// What JobStore keeps beside the queue: verdicts, the journal, small values.
#include "db/job_rows.h"
#include "db/job_store.h"
#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

Result<void> JobStore::record_verdict(const SeriesVerdict& verdict) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        sqlite::upsert_verdict(database, verdict);
        return {};
    });
}

Result<std::optional<SeriesVerdict>> JobStore::verdict(const std::string& orthanc_series_id) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::optional<SeriesVerdict>> {
        return sqlite::read_verdict(database, orthanc_series_id);
    });
}

Result<void> JobStore::forget_verdict(const std::string& orthanc_series_id) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("DELETE FROM verdict WHERE orthanc_series_id = ?", orthanc_series_id);
        return {};
    });
}

Result<void> JobStore::renew_fingerprint(const std::string& orthanc_series_id, const std::string& old,
                                         const std::string& renewed, std::optional<Timestamp> last_update) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        const std::int64_t since = last_update ? sqlite::to_ms(*last_update) : 0;
        database.execute(
            "UPDATE verdict SET fingerprint = ? WHERE orthanc_series_id = ? AND fingerprint = ? AND decided "
            ">= ?",
            renewed, orthanc_series_id, old, since);
        // Where a job of the new fingerprint stands already, the old one is history and stays as it is.
        database.execute(
            "UPDATE OR IGNORE job SET fingerprint = ? WHERE orthanc_series_id = ? AND fingerprint = ?"
            " AND created >= ?",
            renewed, orthanc_series_id, old, since);
        return {};
    });
}

Result<void> JobStore::record(const JournalEntry& entry) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(
            "INSERT INTO journal (written, job_id, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
            sqlite::to_ms(clock_()), entry.job_id, entry.action, entry.subject, entry.detail);
        return {};
    });
}

Result<std::vector<JournalEntry>> JobStore::journal(const std::string& job_id) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        std::vector<JournalEntry> entries;
        sqlite::Statement row = database.query(
            "SELECT written, action, subject, detail FROM journal WHERE job_id = ? ORDER BY number", job_id);
        while (row.step()) {
            JournalEntry entry{.job_id = job_id};
            entry.written = sqlite::from_ms(row.integer());
            entry.action = row.text();
            entry.subject = row.text();
            entry.detail = row.text();
            entries.push_back(std::move(entry));
        }
        return entries;
    });
}

Result<void> JobStore::set_value(const std::string& key, const std::string& value) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(
            "INSERT INTO value (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = "
            "excluded.value",
            key, value);
        return {};
    });
}

Result<std::optional<std::string>> JobStore::value(const std::string& key) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::optional<std::string>> {
        sqlite::Statement row = database.query("SELECT value FROM value WHERE key = ?", key);
        if (!row.step()) return std::nullopt;
        return row.text();
    });
}

}  // namespace spineseg
