// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/series_verdicts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "db/columns.h"
#include "db/store_connection.h"

namespace spineseg {
namespace {

constexpr std::array kVerdictColumns{
    sqlite::column_of<SeriesVerdict, &SeriesVerdict::orthanc_series_id>("orthanc_series_id"),
    sqlite::column_of<SeriesVerdict, &SeriesVerdict::series_instance_uid>("series_uid"),
    sqlite::column_of<SeriesVerdict, &SeriesVerdict::fingerprint>("fingerprint"),
    sqlite::column_of<SeriesVerdict, &SeriesVerdict::eligible>("eligible"),
    sqlite::column_of<SeriesVerdict, &SeriesVerdict::reason>("reason"),
    sqlite::column_of<SeriesVerdict, &SeriesVerdict::decided>("decided"),
};

}  // namespace

SeriesVerdicts::SeriesVerdicts(std::shared_ptr<sqlite::StoreConnection> connection)
    : connection_(std::move(connection)) {}

Result<void> SeriesVerdicts::record(const SeriesVerdict& verdict) {
    static const std::string sql = "INSERT OR REPLACE INTO verdict (" + sqlite::names_of(kVerdictColumns) +
                                   ") VALUES (" + sqlite::parameters_of(kVerdictColumns) + ")";
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        sqlite::Statement row = database.statement(sql);
        sqlite::bind_row(kVerdictColumns, row, verdict);
        row.step();
        return {};
    });
}

Result<std::optional<SeriesVerdict>> SeriesVerdicts::of(const std::string& orthanc_series_id) {
    static const std::string sql =
        "SELECT " + sqlite::names_of(kVerdictColumns) + " FROM verdict WHERE orthanc_series_id = :series";
    return connection_->look([&](sqlite::Database& database) -> Result<std::optional<SeriesVerdict>> {
        sqlite::Statement row = database.query(sql, sqlite::Named{"series", orthanc_series_id});
        if (!row.step()) return std::nullopt;
        SeriesVerdict verdict;
        sqlite::read_row(kVerdictColumns, row, verdict);
        return verdict;
    });
}

Result<std::vector<ListedVerdict>> SeriesVerdicts::list(const VerdictFilter& filter) {
    // Two texts, so that each finds its order in an index.
    static const std::string head = "SELECT " + sqlite::names_of(kVerdictColumns) + R"sql(,
            (SELECT state FROM job WHERE job.orthanc_series_id = verdict.orthanc_series_id
             ORDER BY number DESC LIMIT 1) AS job_state
        FROM verdict WHERE )sql";
    static const std::string tail = R"sql(
          AND (:own OR reason NOT LIKE 'own_result:%')
          AND (:before IS NULL OR (decided, rowid) <
               (SELECT decided, rowid FROM verdict WHERE orthanc_series_id = :before))
        ORDER BY decided DESC, rowid DESC LIMIT :limit)sql";
    static const std::string all = head + "1" + tail, some = head + "eligible = :eligible" + tail;
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<ListedVerdict>> {
        std::vector<ListedVerdict> listed;
        sqlite::Statement row = database.statement(filter.eligible ? some : all);
        if (filter.eligible) sqlite::bind_column(row, "eligible", *filter.eligible);
        sqlite::bind_column(row, "own", filter.own_results);
        row.bind("before", filter.before);
        row.bind("limit", std::clamp(filter.limit, 0, VerdictFilter::kMostListed));
        while (row.step()) {
            auto& one = listed.emplace_back();
            sqlite::read_row(kVerdictColumns, row, one.verdict);
            if (const auto state = row.maybe_text("job_state")) one.job = job_state_from_string(*state);
        }
        return listed;
    });
}

Result<void> SeriesVerdicts::forget(const std::string& orthanc_series_id) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("DELETE FROM verdict WHERE orthanc_series_id = :series",
                         sqlite::Named{"series", orthanc_series_id});
        return {};
    });
}

Result<std::vector<std::string>> SeriesVerdicts::outdated(const std::vector<ChangedSeries>& series) {
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<std::string>> {
        std::vector<std::string> outdated;
        for (const auto& one : series) {
            sqlite::Statement row = database.query(
                "SELECT 1 FROM verdict WHERE orthanc_series_id = :series AND decided >= :changed",
                sqlite::Named{"series", one.orthanc_series_id},
                sqlite::Named{"changed", sqlite::to_ms(one.changed)});
            if (!row.step()) outdated.push_back(one.orthanc_series_id);
        }
        return outdated;
    });
}

Result<void> SeriesVerdicts::confirm(const std::string& orthanc_series_id, Timestamp now) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("UPDATE verdict SET decided = :now WHERE orthanc_series_id = :series",
                         sqlite::Named{"now", sqlite::to_ms(now)},
                         sqlite::Named{"series", orthanc_series_id});
        return {};
    });
}

}  // namespace spineseg
