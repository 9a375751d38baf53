// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_journal.h"

#include <array>
#include <utility>

#include "db/columns.h"
#include "db/store_connection.h"

namespace spineseg {
namespace {

constexpr std::array kJournalColumns{
    sqlite::column_of<JournalEntry, &JournalEntry::job_id>("job_id"),
    sqlite::column_of<JournalEntry, &JournalEntry::action>("action"),
    sqlite::column_of<JournalEntry, &JournalEntry::subject>("subject"),
    sqlite::column_of<JournalEntry, &JournalEntry::detail>("detail"),
    sqlite::column_of<JournalEntry, &JournalEntry::written>("written"),
    sqlite::column_of<JournalEntry, &JournalEntry::by, &Asker::user>("user"),
    sqlite::column_of<JournalEntry, &JournalEntry::by, &Asker::address>("address"),
};

std::vector<JournalEntry> read_journal(sqlite::Statement rows) {
    std::vector<JournalEntry> entries;
    while (rows.step()) sqlite::read_row(kJournalColumns, rows, entries.emplace_back());
    return entries;
}

}  // namespace

void sqlite::append_journal(Database& database, const JournalEntry& entry, Timestamp now) {
    static const std::string sql = "INSERT INTO journal (" + names_of(kJournalColumns) + ") VALUES (" +
                                   parameters_of(kJournalColumns) + ")";
    Statement row = database.statement(sql);
    bind_row(kJournalColumns, row, entry);
    bind_column(row, "written", now);
    row.step();
}

JobJournal::JobJournal(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<void> JobJournal::append(const JournalEntry& entry) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        sqlite::append_journal(database, entry, clock_());
        return {};
    });
}

Result<std::vector<JournalEntry>> JobJournal::of(const std::string& job_id) {
    static const std::string sql =
        "SELECT " + sqlite::names_of(kJournalColumns) + " FROM journal WHERE job_id = :job ORDER BY number";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        return read_journal(database.query(sql, sqlite::Named{"job", job_id}));
    });
}

Result<std::vector<JournalEntry>> JobJournal::newest(int limit) {
    static const std::string sql =
        "SELECT " + sqlite::names_of(kJournalColumns) + " FROM journal ORDER BY number DESC LIMIT :limit";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        return read_journal(database.query(sql, sqlite::Named{"limit", limit}));
    });
}

}  // namespace spineseg
