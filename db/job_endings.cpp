// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_endings.h"

#include <array>
#include <utility>

#include "db/columns.h"
#include "db/store_connection.h"

namespace spineseg {
namespace {

constexpr std::array kEndingColumns{
    sqlite::column_of<JobEnding, &JobEnding::job_id>("job_id"),
    sqlite::column_of<JobEnding, &JobEnding::epoch>("epoch"),
    sqlite::column_of<JobEnding, &JobEnding::orthanc_series_id>("orthanc_series_id"),
    sqlite::column_of<JobEnding, &JobEnding::orthanc_study_id>("orthanc_study_id"),
    sqlite::column_of<JobEnding, &JobEnding::model_id>("model_id"),
    sqlite::column_of<JobEnding, &JobEnding::model_digest>("model_digest"),
    sqlite::column_of<JobEnding, &JobEnding::manufacturer>("manufacturer"),
    sqlite::column_of<JobEnding, &JobEnding::state>("state"),
    sqlite::column_of<JobEnding, &JobEnding::verdict>("verdict"),
    sqlite::column_of<JobEnding, &JobEnding::event>("event"),
    sqlite::column_of<JobEnding, &JobEnding::error_code>("error_code"),
    sqlite::column_of<JobEnding, &JobEnding::attempts>("attempts"),
    sqlite::column_of<JobEnding, &JobEnding::created>("created"),
    sqlite::column_of<JobEnding, &JobEnding::queued>("queued"),
    sqlite::column_of<JobEnding, &JobEnding::started>("started"),
    sqlite::column_of<JobEnding, &JobEnding::finished>("finished"),
};

}  // namespace

const std::string& sqlite::ending_columns() {
    static const std::string names = [] {
        std::string list = "ending.number AS ending_number";
        for (const auto& column : kEndingColumns)
            list += ", ending." + std::string(column.name) + " AS " + column.name;
        return list;
    }();
    return names;
}

void sqlite::read_ending(Statement& row, JobEnding& ending) {
    ending.number = row.integer("ending_number");
    read_row(kEndingColumns, row, ending);
}

JobEndings::JobEndings(std::shared_ptr<sqlite::StoreConnection> connection)
    : connection_(std::move(connection)) {}

Result<std::vector<MeasuredEnding>> JobEndings::after(std::int64_t number, int limit) {
    static const std::string sql = "SELECT " + sqlite::ending_columns() + R"sql(,
            (SELECT min(attempt.started) FROM attempt WHERE attempt.job_number = job.number
                AND attempt.started >= ending.queued AND attempt.epoch <= ending.epoch) AS first_started,
            coalesce((SELECT attempt.summary_json FROM attempt WHERE attempt.job_number = job.number
                AND attempt.epoch = ending.epoch AND ending.state <> 'canceled'), '') AS summary_json
        FROM ending LEFT JOIN job ON job.id = ending.job_id
        WHERE ending.number > :number ORDER BY ending.number LIMIT :limit)sql";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<MeasuredEnding>> {
        std::vector<MeasuredEnding> endings;
        auto row = database.query(sql, sqlite::Named{"number", number}, sqlite::Named{"limit", limit});
        while (row.step()) {
            auto& one = endings.emplace_back();
            sqlite::read_ending(row, one.ending);
            sqlite::read_column(row, "first_started", one.first_started);
            one.summary_json = row.text("summary_json");
        }
        return endings;
    });
}

Result<std::int64_t> JobEndings::last() {
    return connection_->look([&](sqlite::Database& database) -> Result<std::int64_t> {
        auto row = database.query("SELECT coalesce(max(number), 0) FROM ending");
        row.step();
        return row.only_integer();
    });
}

Result<int> JobEndings::prune(Timestamp before) {
    return connection_->transact([&](sqlite::Database& database) -> Result<int> {
        return database.execute(R"sql(
            DELETE FROM ending WHERE finished < :before
                AND NOT EXISTS (SELECT 1 FROM webhook_delivery WHERE ending = ending.number))sql",
                                sqlite::Named{"before", sqlite::to_ms(before)});
    });
}

}  // namespace spineseg
