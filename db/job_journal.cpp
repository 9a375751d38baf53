// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_journal.h"

#include <algorithm>
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
    while (rows.step()) {
        sqlite::read_row(kJournalColumns, rows, entries.emplace_back());
        entries.back().number = rows.integer("number");
    }
    return entries;
}

const std::string& select_entries() {
    static const std::string sql = "SELECT number, " + sqlite::names_of(kJournalColumns) + " FROM journal ";
    return sql;
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
    static const std::string sql = select_entries() + "WHERE job_id = :job ORDER BY number DESC LIMIT :limit";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        auto entries = read_journal(
            database.query(sql, sqlite::Named{"job", job_id}, sqlite::Named{"limit", kMostEntries}));
        std::reverse(entries.begin(), entries.end());
        return entries;
    });
}

Result<std::vector<JournalEntry>> JobJournal::newest(int limit) {
    static const std::string sql = select_entries() + "ORDER BY number DESC LIMIT :limit";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        return read_journal(database.query(sql, sqlite::Named{"limit", limit}));
    });
}

Result<std::vector<JournalEntry>> JobJournal::after(std::int64_t number, int limit) {
    static const std::string sql = select_entries() + "WHERE number > :number ORDER BY number LIMIT :limit";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JournalEntry>> {
        return read_journal(
            database.query(sql, sqlite::Named{"number", number}, sqlite::Named{"limit", limit}));
    });
}

Result<int> JobJournal::prune(std::chrono::milliseconds keep) {
    return connection_->transact([&](sqlite::Database& database) -> Result<int> {
        const auto before = sqlite::to_ms(clock_() - keep);
        database.execute("UPDATE journal_horizon SET before = :before WHERE before < :before",
                         sqlite::Named{"before", before});
        return database.execute(R"sql(
            DELETE FROM journal WHERE number IN
                (SELECT number FROM journal WHERE written < :before ORDER BY written LIMIT :most))sql",
                                sqlite::Named{"before", before}, sqlite::Named{"most", kPrunedAtOnce});
    });
}

}  // namespace spineseg
