// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_attempts.h"

#include <array>
#include <utility>

#include "db/columns.h"
#include "db/store_connection.h"

namespace spineseg {
namespace {

constexpr std::array kAttemptColumns{
    sqlite::column_of<JobAttempt, &JobAttempt::epoch>("epoch"),
    sqlite::column_of<JobAttempt, &JobAttempt::attempt>("attempt"),
    sqlite::column_of<JobAttempt, &JobAttempt::worker>("worker"),
    sqlite::column_of<JobAttempt, &JobAttempt::model_id>("model_id"),
    sqlite::column_of<JobAttempt, &JobAttempt::model_digest>("model_digest"),
    sqlite::column_of<JobAttempt, &JobAttempt::stage>("stage"),
    sqlite::column_of<JobAttempt, &JobAttempt::started>("started"),
    sqlite::column_of<JobAttempt, &JobAttempt::ended>("ended"),
    sqlite::column_of<JobAttempt, &JobAttempt::state>("state"),
    sqlite::column_of<JobAttempt, &JobAttempt::summary_json>("summary_json"),
    sqlite::column_of<JobAttempt, &JobAttempt::results>("results"),
};

}  // namespace

JobAttempts::JobAttempts(std::shared_ptr<sqlite::StoreConnection> connection)
    : connection_(std::move(connection)) {}

Result<std::vector<JobAttempt>> JobAttempts::of(const std::string& job_id) {
    static const std::string sql =
        "SELECT error_code, error_detail, " + sqlite::names_of(kAttemptColumns) +
        " FROM attempt WHERE job_number = (SELECT number FROM job WHERE id = :job) "
        "ORDER BY number";
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<JobAttempt>> {
        std::vector<JobAttempt> attempts;
        sqlite::Statement row = database.query(sql, sqlite::Named{"job", job_id});
        while (row.step()) {
            auto& attempt = attempts.emplace_back();
            sqlite::read_row(kAttemptColumns, row, attempt);
            sqlite::read_error(row, attempt.error);
        }
        return attempts;
    });
}

}  // namespace spineseg
