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
};

}  // namespace

JobJournal::JobJournal(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<void> JobJournal::append(const JournalEntry& entry) {
    static const std::string sql = "INSERT INTO journal (" + sqlite::names_of(kJournalColumns) +
                                   ") VALUES (" + sqlite::parameters_of(kJournalColumns) + ")";
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        sqlite::Statement row = database.statement(sql);
        sqlite::bind_row(kJournalColumns, row, entry);
        sqlite::bind_column(row, "written", clock_());
        row.step();
        return {};
    });
}

Result<std::vector<JournalEntry>> JobJournal::of(const std::string& job_id) {
    static const std::string sql =
        "SELECT " + sqlite::names_of(kJournalColumns) + " FROM journal WHERE job_id = :job ORDER BY number";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        std::vector<JournalEntry> entries;
        sqlite::Statement row = database.query(sql, sqlite::Named{"job", job_id});
        while (row.step()) sqlite::read_row(kJournalColumns, row, entries.emplace_back());
        return entries;
    });
}

}  // namespace spineseg
