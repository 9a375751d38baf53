// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/stored_results.h"

#include <algorithm>
#include <utility>

#include "db/job_rows.h"
#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {
namespace {

std::vector<Job> jobs_of_ids(sqlite::Database& database, const std::vector<std::string>& ids) {
    std::vector<Job> jobs;
    for (const auto& id : ids)
        if (auto job = sqlite::read_job(database, id)) jobs.push_back(std::move(*job));
    return jobs;
}

}  // namespace

StoredResults::StoredResults(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<std::vector<Job>> StoredResults::jobs_of(const std::vector<std::string>& orthanc_ids) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::vector<Job>> {
        std::vector<std::pair<std::int64_t, std::string>> found;
        for (const auto& orthanc_id : orthanc_ids) {
            if (orthanc_id.empty()) continue;
            sqlite::Statement row = database.query(
                "SELECT number, id FROM job WHERE number IN"
                " (SELECT job_number FROM result WHERE orthanc_instance_id = ?1"
                "  UNION SELECT job_number FROM result WHERE orthanc_series_id = ?1)",
                orthanc_id);
            while (row.step()) {
                const auto number = row.integer();
                found.emplace_back(number, row.text());
            }
        }
        std::sort(found.rbegin(), found.rend());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        std::vector<std::string> ids;
        for (auto& [number, id] : found) ids.push_back(std::move(id));
        return jobs_of_ids(database, ids);
    });
}

Result<std::vector<Job>> StoredResults::done_in_study(const std::string& orthanc_study_id) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::vector<Job>> {
        std::vector<std::string> ids;
        {
            sqlite::Statement row = database.query(
                "SELECT id FROM job WHERE orthanc_study_id = ? AND state = 'done' ORDER BY number DESC",
                orthanc_study_id);
            while (row.step()) ids.push_back(row.text());
        }
        return jobs_of_ids(database, ids);
    });
}

Result<std::optional<EndedJob>> StoredResults::next_ended(std::int64_t after) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::optional<EndedJob>> {
        EndedJob next;
        std::string id;
        {
            sqlite::Statement row = database.query(
                "SELECT number, id FROM job WHERE number > ? AND state IN ('done', 'rejected', 'failed')"
                " ORDER BY number LIMIT 1",
                after);
            if (!row.step()) return std::nullopt;
            next.number = row.integer();
            id = row.text();
        }
        next.job = sqlite::read_job(database, id).value();
        return next;
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
            changed += database.execute(
                "UPDATE result SET missing = ? WHERE orthanc_instance_id = ? AND job_number ="
                " (SELECT number FROM job WHERE id = ?)",
                since, id, job_id);
        }
        return changed;
    });
}

Result<void> StoredResults::set_copied(const std::string& job_id, const std::vector<CopiedResult>& copied) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("DELETE FROM copied_result WHERE job_number = (SELECT number FROM job WHERE id = ?)",
                         job_id);
        for (const auto& one : copied)
            database.execute(
                "INSERT OR IGNORE INTO copied_result (job_number, orthanc_series_id, series_uid,"
                " description, why) SELECT number, ?, ?, ?, ? FROM job WHERE id = ?",
                one.orthanc_series_id, one.series_instance_uid, one.description, one.why, job_id);
        return {};
    });
}

Result<std::vector<CopiedResult>> StoredResults::copied(const std::string& job_id) {
    return connection_->transact([&](sqlite::Database& database) -> Result<std::vector<CopiedResult>> {
        std::vector<CopiedResult> copied;
        sqlite::Statement row = database.query(
            "SELECT orthanc_series_id, series_uid, description, why FROM copied_result WHERE job_number ="
            " (SELECT number FROM job WHERE id = ?) ORDER BY orthanc_series_id",
            job_id);
        while (row.step()) {
            CopiedResult& one = copied.emplace_back();
            one.orthanc_series_id = row.text();
            one.series_instance_uid = row.text();
            one.description = row.text();
            one.why = row.text();
        }
        return copied;
    });
}

Result<void> StoredResults::forget_copied(const std::vector<std::string>& orthanc_series_ids) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        for (const auto& id : orthanc_series_ids)
            database.execute("DELETE FROM copied_result WHERE orthanc_series_id = ?", id);
        return {};
    });
}

}  // namespace spineseg
