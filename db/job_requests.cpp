// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_requests.h"

#include <optional>

#include "core/printable_text.h"
#include "db/columns.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {
namespace {

constexpr std::chrono::hours kDay{24};
constexpr const char* kRequested = "requested";
constexpr const char* kArrived = "arrived";

std::int64_t count_of(Statement row) {
    return row.step() ? row.only_integer() : 0;
}

std::int64_t open_jobs_of(Database& database, const std::string& user) {
    return count_of(database.query("SELECT count(*) FROM job WHERE asked_by = :user AND finished IS NULL",
                                   Named{"user", user}));
}

std::int64_t requests_since(Database& database, const std::string& orthanc_series_id, Timestamp since) {
    return count_of(database.query(R"sql(
        SELECT count(*) FROM job JOIN journal ON journal.job_id = job.id
        WHERE job.orthanc_series_id = :series AND journal.written > :since
          AND journal.action IN ('requested', 'requested again'))sql",
                                   Named{"series", orthanc_series_id}, Named{"since", to_ms(since)}));
}

/// "3 samples, 2 steps, seed 7, priority 1".
std::string described_request(const NewJob& asked) {
    std::string text;
    if (asked.request.samples) text += std::to_string(*asked.request.samples) + " samples, ";
    if (asked.request.steps) text += std::to_string(*asked.request.steps) + " steps, ";
    text += "seed " + std::to_string(asked.request.seed) + ", priority " + std::to_string(asked.priority);
    if (asked.not_before) text += ", not before a time that was asked for";
    return text;
}

}  // namespace

Result<void> check_request_quota(Database& database, const QueuePolicy& policy, const NewJob& asked,
                                 Timestamp now) {
    if (!asked.by) return {};
    if (policy.user_open_jobs > 0 &&
        open_jobs_of(database, printable(asked.by->user)) >= policy.user_open_jobs)
        return failure(ErrorCode::too_many_requests,
                       "at most " + std::to_string(policy.user_open_jobs) +
                           " jobs that one user asked for may wait or run at a time (UserOpenJobs)");
    if (policy.series_requests_per_day > 0 &&
        requests_since(database, asked.orthanc_series_id, now - kDay) >= policy.series_requests_per_day)
        return failure(ErrorCode::too_many_requests, "a series may be asked for at most " +
                                                         std::to_string(policy.series_requests_per_day) +
                                                         " times within 24 hours (SeriesRequestsPerDay)");
    return {};
}

void record_request(Database& database, const std::string& job_id, const NewJob& asked, bool again,
                    Timestamp now) {
    const std::optional<std::string> user =
        asked.by ? std::optional(printable(asked.by->user)) : std::nullopt;
    database.execute("UPDATE job SET asked_by = :user WHERE id = :id", Named{"user", user},
                     Named{"id", job_id});
    const std::string action = asked.by ? kRequested : kArrived;
    note_request(database, job_id, asked, again ? action + " again" : action, now);
}

void note_request(Database& database, const std::string& job_id, const NewJob& asked,
                  const std::string& action, Timestamp now) {
    append_journal(database,
                   {.job_id = job_id,
                    .action = action,
                    .subject = "series " + asked.orthanc_series_id,
                    .detail = described_request(asked),
                    .by = asked.by.value_or(Asker{})},
                   now);
}

}  // namespace spineseg::sqlite
