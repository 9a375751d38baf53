// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/stored_results.h"

#include <algorithm>
#include <array>
#include <utility>

#include "db/job_rows.h"
#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Named;

namespace {

constexpr std::array kCopiedColumns{
    sqlite::column_of<CopiedResult, &CopiedResult::orthanc_series_id>("orthanc_series_id"),
    sqlite::column_of<CopiedResult, &CopiedResult::series_instance_uid>("series_uid"),
    sqlite::column_of<CopiedResult, &CopiedResult::description>("description"),
    sqlite::column_of<CopiedResult, &CopiedResult::why>("why"),
};

std::vector<Job> without_numbers(std::vector<sqlite::NumberedJob>&& numbered) {
    std::vector<Job> jobs;
    jobs.reserve(numbered.size());
    for (auto& [number, job] : numbered) jobs.push_back(std::move(job));
    return jobs;
}

}  // namespace

StoredResults::StoredResults(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<std::vector<Job>> StoredResults::jobs_of(const std::vector<std::string>& orthanc_ids) {
    static const std::string sql = sqlite::select_job() + R"sql(
        WHERE number IN (SELECT value FROM json_each(:jobs)) ORDER BY number DESC)sql";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<Job>> {
        std::vector<std::int64_t> numbers;
        for (const auto& orthanc_id : orthanc_ids) {
            if (orthanc_id.empty()) continue;
            sqlite::Statement row = database.query(R"sql(
                SELECT job_number FROM result WHERE orthanc_instance_id = :id
                UNION SELECT job_number FROM result WHERE orthanc_series_id = :id)sql",
                                                   Named{"id", orthanc_id});
            while (row.step()) numbers.push_back(row.integer("job_number"));
        }
        return without_numbers(
            sqlite::read_jobs(database, database.query(sql, Named{"jobs", sqlite::json_list(numbers)})));
    });
}

Result<std::vector<Job>> StoredResults::done_in_study(const std::string& orthanc_study_id) {
    static const std::string sql =
        sqlite::select_job() + "WHERE orthanc_study_id = :study AND state = 'done' ORDER BY number DESC";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<Job>> {
        return without_numbers(
            sqlite::read_jobs(database, database.query(sql, Named{"study", orthanc_study_id})));
    });
}

Result<std::optional<EndedJob>> StoredResults::next_ended(std::int64_t after) {
    static const std::string sql = sqlite::select_job() + R"sql(
        WHERE number > :after AND state IN ('done', 'rejected', 'failed') ORDER BY number LIMIT 1)sql";
    return connection_->look([&](sqlite::Database& database) -> Result<std::optional<EndedJob>> {
        auto next = sqlite::read_jobs(database, database.query(sql, Named{"after", after}));
        if (next.empty()) return std::nullopt;
        return EndedJob{next.front().number, std::move(next.front().job)};
    });
}

Result<int> StoredResults::set_missing(const std::string& job_id,
                                       const std::vector<std::string>& orthanc_instance_ids) {
    return connection_->transact([&](sqlite::Database& database) -> Result<int> {
        const auto job = sqlite::read_job(database, job_id);
        if (!job) return failure(ErrorCode::not_found, "there is no job " + job_id);
        int changed = 0;
        for (const auto& result : job->results) {
            const auto& id = result.orthanc_instance_id;
            const bool missing = std::find(orthanc_instance_ids.begin(), orthanc_instance_ids.end(), id) !=
                                 orthanc_instance_ids.end();
            if (missing == result.missing.has_value()) continue;
            const std::optional<std::int64_t> since =
                missing ? std::optional(sqlite::to_ms(clock_())) : std::nullopt;
            changed += database.execute(R"sql(
                UPDATE result SET missing = :since WHERE orthanc_instance_id = :instance
                  AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                                        Named{"since", since}, Named{"instance", id}, Named{"job", job_id});
        }
        return changed;
    });
}

Result<void> StoredResults::set_copied(const std::string& job_id, const std::vector<CopiedResult>& copied) {
    static const std::string insert = "INSERT OR IGNORE INTO copied_result (job_number, " +
                                      sqlite::names_of(kCopiedColumns) + ") SELECT number, " +
                                      sqlite::parameters_of(kCopiedColumns) + " FROM job WHERE id = :job";
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(
            "DELETE FROM copied_result WHERE job_number = (SELECT number FROM job WHERE id = :job)",
            Named{"job", job_id});
        for (const auto& one : copied) {
            sqlite::Statement row = database.statement(insert);
            sqlite::bind_row(kCopiedColumns, row, one);
            row.bind("job", job_id);
            row.step();
        }
        return {};
    });
}

Result<std::vector<CopiedResult>> StoredResults::copied(const std::string& job_id) {
    static const std::string sql = "SELECT " + sqlite::names_of(kCopiedColumns) + R"sql( FROM copied_result
        WHERE job_number = (SELECT number FROM job WHERE id = :job) ORDER BY orthanc_series_id)sql";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<CopiedResult>> {
        std::vector<CopiedResult> copied;
        sqlite::Statement row = database.query(sql, Named{"job", job_id});
        while (row.step()) sqlite::read_row(kCopiedColumns, row, copied.emplace_back());
        return copied;
    });
}

Result<void> StoredResults::forget_copied(const std::vector<std::string>& orthanc_series_ids) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        for (const auto& id : orthanc_series_ids)
            database.execute("DELETE FROM copied_result WHERE orthanc_series_id = :series",
                             Named{"series", id});
        return {};
    });
}

}  // namespace spineseg
