// SPDX-License-Identifier: GPL-3.0-or-later
// The leases of JobStore, and every way in which a job leaves the queue or returns to it. What becomes of a job is
// decided on the value; sqlite::update_job() writes it.
#include <algorithm>
#include <utility>

#include "core/digest.h"
#include "db/job_rows.h"
#include "db/job_store.h"
#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Database;
using sqlite::Named;
using sqlite::Statement;
using sqlite::to_ms;

namespace {

tl::unexpected<Error> no_such_job(const std::string& id) {
    return failure(ErrorCode::not_found, "there is no job " + id);
}

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

/// The job, if it is leased under that epoch.
Result<Job> leased_job(Database& database, const std::string& id, std::int64_t epoch) {
    auto job = sqlite::read_job(database, id);
    if (!job) return no_such_job(id);
    if (job->state != JobState::leased) {
        return failure(ErrorCode::stale_lease, "the job is " + std::string(to_string(job->state)) + " now");
    }
    if (job->epoch != epoch) {
        return failure(ErrorCode::stale_lease, "epoch " + std::to_string(epoch) + " is past, the job is at " +
                                                   std::to_string(job->epoch));
    }
    return std::move(*job);
}

void end_job(Job& job, JobState state, const std::optional<Error>& error, Timestamp now) {
    job.state = state;
    job.error = error;
    job.finished = now;
    job.lease_expires.reset();
    job.not_before.reset();
}

void return_to_queue(Job& job) {
    job.state = JobState::queued;
    job.progress = {};
    job.lease_expires.reset();
    job.not_before.reset();
}

/// Back to the queue after a failed attempt, or failed when it was the last.
void end_attempt(const QueuePolicy& policy, Job& job, const Error& why, Timestamp now) {
    if (job.attempts >= job.max_attempts) return end_job(job, JobState::failed, why, now);
    return_to_queue(job);
    job.error = why;
    job.not_before = now + backoff(policy, job);
}

void end_as_reported(const QueuePolicy& policy, Job& job, const Outcome& outcome, Timestamp now) {
    if (outcome.state == JobState::done) {
        end_job(job, JobState::done, std::nullopt, now);
        // The last heartbeat may have come long before the end; a done job has come through every stage.
        job.progress = {Stage::storing, 1.0};
        job.summary_json = outcome.summary_json;
        return;
    }
    const auto fate = fate_of(outcome.error->code);
    if (fate == JobFate::retry) return end_attempt(policy, job, *outcome.error, now);
    end_job(job, fate == JobFate::reject ? JobState::rejected : JobState::failed, outcome.error, now);
    job.summary_json = outcome.summary_json;
}

/// Rows that stay keep their place and the ids that Orthanc gave.
void replace_results(Database& database, const Job& job, const std::vector<ResultObject>& results) {
    for (const ResultObject& old : job.results) {
        const bool stays = std::any_of(results.begin(), results.end(), [&](const ResultObject& object) {
            return object.sop_instance_uid == old.sop_instance_uid;
        });
        if (stays) continue;
        database.execute(R"sql(
            DELETE FROM result WHERE sop_instance_uid = :uid
              AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                         Named{"uid", old.sop_instance_uid}, Named{"job", job.id});
    }
    for (const ResultObject& object : results) sqlite::upsert_result(database, job.id, object);
}

/// The queued job that is due. Every point of priority is worth `age` of waiting, so the order does not depend on
/// the present time.
std::vector<sqlite::NumberedJob> due_job(Database& database, const std::string& model_digest,
                                         std::chrono::milliseconds age, Timestamp now) {
    static const std::string sql = sqlite::select_job() + R"sql(
        WHERE number = (SELECT number FROM job WHERE state = 'queued' AND model_digest = :model
                          AND (not_before IS NULL OR not_before <= :now)
                        ORDER BY queued * :waiting_counts - priority * :age, number LIMIT 1))sql";
    const bool ages = age.count() > 0;
    return sqlite::read_jobs(
        database, database.query(sql, Named{"model", model_digest}, Named{"now", to_ms(now)},
                                 Named{"waiting_counts", ages ? 1 : 0},
                                 Named{"age", ages ? std::int64_t{age.count()} : std::int64_t{1}}));
}

}  // namespace

Result<std::optional<Lease>> JobStore::lease(const std::string& worker, const std::string& model_digest,
                                             std::chrono::milliseconds duration) {
    return connection_->transact([&](Database& database) -> Result<std::optional<Lease>> {
        const Timestamp now = clock_();
        auto due = due_job(database, model_digest, policy_.priority_age, now);
        if (due.empty()) return std::nullopt;
        Job& job = due.front().job;
        job.state = JobState::leased;
        job.attempts += 1;
        job.epoch += 1;
        job.worker = worker;
        job.started = now;
        job.lease_expires = now + duration;
        job.not_before.reset();
        job.progress = {Stage::fetching, 0.0};
        sqlite::update_job(database, job);
        return Lease{.job = job, .epoch = job.epoch, .expires = now + duration};
    });
}

Result<Lease> JobStore::renew(const std::string& id, std::int64_t epoch, const Progress& progress,
                              std::chrono::milliseconds duration) {
    return connection_->transact([&](Database& database) -> Result<Lease> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        const Timestamp expires = clock_() + duration;
        job->lease_expires = expires;
        job->progress = {progress.stage,  // NaN is 0
                         progress.fraction >= 0.0 ? std::min(progress.fraction, 1.0) : 0.0};
        sqlite::update_job(database, *job);
        return Lease{.job = std::move(*job), .epoch = epoch, .expires = expires};
    });
}

Result<void> JobStore::add_result(const std::string& id, std::int64_t epoch, const ResultObject& object) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        sqlite::upsert_result(database, id, object);
        // It may have been stored before, by an earlier attempt, and deleted since.
        database.execute(R"sql(
            UPDATE result SET missing = NULL WHERE sop_instance_uid = :uid
              AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                         Named{"uid", object.sop_instance_uid}, Named{"job", id});
        return {};
    });
}

Result<Job> JobStore::complete(const std::string& id, std::int64_t epoch, const Outcome& outcome) {
    if (outcome.state != JobState::done && !outcome.error) {
        return failure(ErrorCode::invalid_argument, "an outcome that is not done needs an error");
    }
    return connection_->transact([&](Database& database) -> Result<Job> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        replace_results(database, *job, outcome.results);
        end_as_reported(policy_, *job, outcome, clock_());
        sqlite::update_job(database, *job);
        return sqlite::read_job(database, id).value();  // with the results as they are now
    });
}

Result<void> JobStore::release(const std::string& id, std::int64_t epoch) {
    return connection_->transact([&](Database& database) -> Result<void> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        return_to_queue(*job);
        job->attempts -= 1;
        sqlite::update_job(database, *job);
        return {};
    });
}

Result<void> JobStore::abandon(const std::string& id, std::int64_t epoch, const Error& why) {
    return connection_->transact([&](Database& database) -> Result<void> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        end_attempt(policy_, *job, why, clock_());
        sqlite::update_job(database, *job);
        return {};
    });
}

Result<Job> JobStore::cancel(const std::string& id, const std::string& why, const Asker& by) {
    return connection_->transact([&](Database& database) -> Result<Job> {
        auto job = sqlite::read_job(database, id);
        if (!job) return no_such_job(id);
        if (is_final(job->state)) {
            return failure(ErrorCode::invalid_argument,
                           "the job has ended already: it is " + std::string(to_string(job->state)));
        }
        const Timestamp now = clock_();
        const auto before = "while it was " + std::string(to_string(job->state));
        end_job(*job, JobState::canceled, Error{ErrorCode::canceled, why}, now);
        sqlite::update_job(database, *job);
        sqlite::append_journal(database, {id, "canceled", before, why, {}, by}, now);
        return std::move(*job);
    });
}

Result<int> JobStore::expire_leases() {
    static const std::string sql = sqlite::select_job() + "WHERE state = 'leased' AND lease_expires <= :now";
    return connection_->transact([&](Database& database) -> Result<int> {
        const Timestamp now = clock_();
        auto expired = sqlite::read_jobs(database, database.query(sql, Named{"now", to_ms(now)}));
        for (auto& [number, job] : expired) {
            const auto stage = std::string(to_string(job.progress.stage));
            end_attempt(policy_, job, Error{ErrorCode::worker_lost, "the lease expired in stage " + stage},
                        now);
            sqlite::update_job(database, job);
        }
        return static_cast<int>(expired.size());
    });
}

Result<int> JobStore::adopt_queued_jobs(const std::string& model_id, const std::string& model_digest) {
    static const std::string sql =
        sqlite::select_job() + "WHERE state = 'queued' AND model_digest <> :digest";
    return connection_->transact([&](Database& database) -> Result<int> {
        const int adopted = database.execute(R"sql(
            UPDATE OR IGNORE job SET model_id = :id, model_digest = :digest
            WHERE state = 'queued' AND model_digest <> :digest)sql",
                                             Named{"id", model_id}, Named{"digest", model_digest});
        // What the unique key kept from being adopted is done or waiting under the new model already.
        for (auto& [number, job] :
             sqlite::read_jobs(database, database.query(sql, Named{"digest", model_digest}))) {
            end_job(job, JobState::canceled,
                    Error{ErrorCode::canceled, "the same request stands under the model " + model_id},
                    clock_());
            job.summary_json.clear();
            sqlite::update_job(database, job);
        }
        return adopted;
    });
}

}  // namespace spineseg
