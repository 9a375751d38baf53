// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/attempt_end.h"

#include <algorithm>
#include <cstdint>

#include "core/digest.h"
#include "db/job_rows.h"

namespace spineseg::sqlite {
namespace {

constexpr auto kFirstInterruption = std::chrono::milliseconds(2'000);
constexpr auto kLongestInterruption = std::chrono::milliseconds(60'000);

std::chrono::milliseconds backoff(const QueuePolicy& policy, const Job& job) {
    if (policy.retry_backoff.empty()) return std::chrono::milliseconds{0};
    const auto last = policy.retry_backoff.size() - 1;
    const auto base =
        policy.retry_backoff[std::min(static_cast<std::size_t>(std::max(job.attempts - 1, 0)), last)];
    // From the job's own id: needs no state, and a test can foretell it.
    const auto draw = seed_from(job.id + "#" + std::to_string(job.attempts)) >> 11;
    const double share = static_cast<double>(draw) / static_cast<double>(std::uint64_t{1} << 53);
    return base + std::chrono::milliseconds(
                      static_cast<std::int64_t>(static_cast<double>(base.count()) * policy.jitter * share));
}

void return_to_queue(Job& job) {
    job.state = JobState::queued;
    job.progress = {};
    job.lease_expires.reset();
    job.not_before.reset();
}

std::int64_t count_interruption(Database& database, const Job& job) {
    database.execute("UPDATE job SET interruptions = interruptions + 1 WHERE id = :id", Named{"id", job.id});
    return interruptions(database, job);
}

}  // namespace

std::int64_t interruptions(Database& database, const Job& job) {
    Statement row = database.query("SELECT interruptions FROM job WHERE id = :id", Named{"id", job.id});
    return row.step() ? row.only_integer() : 1;
}

void end_job(Job& job, JobState state, const std::optional<Error>& error, Timestamp now) {
    job.state = state;
    job.error = error;
    job.finished = now;
    job.lease_expires.reset();
    job.not_before.reset();
}

void give_back(Job& job) {
    return_to_queue(job);
    job.attempts -= 1;
}

void end_attempt(const QueuePolicy& policy, Job& job, const Error& why, Timestamp now) {
    if (job.attempts >= job.max_attempts) return end_job(job, JobState::failed, why, now);
    return_to_queue(job);
    job.error = why;
    job.not_before = now + backoff(policy, job);
}

void interrupt_attempt(Database& database, Job& job, const Error& why, Timestamp now) {
    give_back(job);
    job.error = why;
    const auto doublings = std::min<std::int64_t>(count_interruption(database, job) - 1, 5);
    job.not_before = now + std::min(kFirstInterruption * (1 << doublings), kLongestInterruption);
}

void write_ended(Database& database, const Job& job) {
    database.execute(R"sql(
        INSERT OR REPLACE INTO leftover (job_id, epoch, sop_instance_uid, orthanc_instance_id)
        SELECT job.id, job.epoch, sop_instance_uid, orthanc_instance_id
        FROM result JOIN job ON job.number = result.job_number
        WHERE job.id = :job AND unfinished = 1)sql",
                     Named{"job", job.id});
    database.execute(R"sql(
        DELETE FROM result WHERE unfinished <> 0
          AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                     Named{"job", job.id});
    update_job(database,
               job);  // last: the trigger that records the attempt lists the results as they are then
}

std::chrono::milliseconds longest_backoff(const QueuePolicy& policy) {
    std::chrono::milliseconds longest = kLongestInterruption;
    for (const auto step : policy.retry_backoff) longest = std::max(longest, step);
    return longest + std::chrono::milliseconds(
                         static_cast<std::int64_t>(static_cast<double>(longest.count()) * policy.jitter));
}

}  // namespace spineseg::sqlite
