// SPDX-License-Identifier: GPL-3.0-or-later
// The leases of JobStore, and every way in which one job leaves the queue or returns to it; job_sweeps.cpp has those
// of many at once. What becomes of a job is decided on the value; sqlite::update_job() writes it.
#include <algorithm>
#include <utility>

#include "db/attempt_end.h"
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

void end_as_reported(const QueuePolicy& policy, Job& job, const Outcome& outcome, Timestamp now) {
    if (outcome.state == JobState::done) {
        sqlite::end_job(job, JobState::done, std::nullopt, now);
        // The last heartbeat may have come long before the end; a done job has come through every stage.
        job.progress = {Stage::storing, 1.0};
        job.summary_json = outcome.summary_json;
        return;
    }
    const auto fate = fate_of(outcome.error->code);
    if (fate == JobFate::retry) return sqlite::end_attempt(policy, job, *outcome.error, now);
    sqlite::end_job(job, fate == JobFate::reject ? JobState::rejected : JobState::failed, outcome.error, now);
    job.summary_json = outcome.summary_json;
}

/// Rows that stay keep their place and the ids that Orthanc gave. What the attempt brought in and the outcome does
/// not name is left to write_ended().
void replace_results(Database& database, const Job& job, const std::vector<ResultObject>& results) {
    for (const ResultObject& old : job.results) {
        const bool stays = std::any_of(results.begin(), results.end(), [&](const ResultObject& object) {
            return object.sop_instance_uid == old.sop_instance_uid;
        });
        if (stays) continue;
        database.execute(R"sql(
            DELETE FROM result WHERE sop_instance_uid = :uid AND unfinished = 0
              AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                         Named{"uid", old.sop_instance_uid}, Named{"job", job.id});
    }
    for (const ResultObject& object : results) {
        sqlite::upsert_result(database, job.id, object);
        database.execute(R"sql(
            UPDATE result SET unfinished = 0 WHERE sop_instance_uid = :uid
              AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                         Named{"uid", object.sop_instance_uid}, Named{"job", job.id});
    }
}

/// "attempt 1: model lumbar-fast (9f86d081…), seed 7, 3 samples; worker 0.2.0 on cuda".
std::string described_run(const Job& job, const std::string& runs_with) {
    std::string text = "attempt " + std::to_string(job.attempts) + ": model " + job.model_id + " (" +
                       job.model_digest + "), seed " + std::to_string(job.request.seed);
    if (job.request.samples) text += ", " + std::to_string(*job.request.samples) + " samples";
    if (job.request.steps) text += ", " + std::to_string(*job.request.steps) + " steps";
    return runs_with.empty() ? text : text + "; " + runs_with;
}

/// The queued job that is due. Every point of priority is worth `age` of waiting, so the order does not depend on
/// the present time. A back-off that ends later than any may was counted by a clock that was set back since; a time that
/// was asked for is no back-off.
std::vector<sqlite::NumberedJob> due_job(Database& database, const std::string& model_digest,
                                         const QueuePolicy& policy, Timestamp now) {
    static const std::string sql = sqlite::select_job() + R"sql(
        WHERE number = (SELECT number FROM job WHERE state = 'queued' AND model_digest = :model
                          AND (not_before IS NULL OR not_before <= :now
                               OR (not_before > :latest AND NOT scheduled))
                        ORDER BY queued * :waiting_counts - priority * :age, number LIMIT 1))sql";
    const auto age = policy.priority_age;
    const bool ages = age.count() > 0;
    return sqlite::read_jobs(
        database, database.query(sql, Named{"model", model_digest}, Named{"now", to_ms(now)},
                                 Named{"latest", to_ms(now + sqlite::longest_backoff(policy))},
                                 Named{"waiting_counts", ages ? 1 : 0},
                                 Named{"age", ages ? std::int64_t{age.count()} : std::int64_t{1}}));
}

}  // namespace

Result<std::optional<Lease>> JobStore::lease(const std::string& worker, const std::string& model_digest,
                                             std::chrono::milliseconds duration,
                                             const std::string& runs_with) {
    return connection_->transact([&](Database& database) -> Result<std::optional<Lease>> {
        const Timestamp now = clock_();
        if (sqlite::queue_mode(database) != QueueMode::running) return std::nullopt;
        auto due = due_job(database, model_digest, policy_, now);
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
        database.execute("UPDATE job SET scheduled = 0 WHERE id = :id AND scheduled", Named{"id", job.id});
        sqlite::append_journal(database, {job.id, "started", worker, described_run(job, runs_with), {}, {}},
                               now);
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

Result<void> JobStore::add_result(const std::string& id, std::int64_t epoch, const ResultObject& object,
                                  std::optional<bool> brought_in) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        const bool known = std::any_of(
            job->results.begin(), job->results.end(),
            [&](const ResultObject& one) { return one.sop_instance_uid == object.sop_instance_uid; });
        // An earlier attempt may have left it, and nobody has taken it out yet.
        const int left = database.execute(R"sql(
            DELETE FROM leftover WHERE job_id = :job AND sop_instance_uid = :uid
              AND orthanc_instance_id <> '')sql",
                                          Named{"job", id}, Named{"uid", object.sop_instance_uid});
        database.execute("DELETE FROM leftover WHERE job_id = :job AND sop_instance_uid = :uid",
                         Named{"job", id}, Named{"uid", object.sop_instance_uid});
        sqlite::upsert_result(database, id, object);
        if (!known && brought_in.value_or(true))
            sqlite::append_journal(
                database,
                {id, "stored", object.sop_instance_uid, std::string(to_string(object.kind)), {}, {}},
                clock_());
        const int unfinished = !brought_in ? 0 : *brought_in || left > 0 ? 1 : 2;
        // It may have been stored before, by an earlier run, and deleted since.
        database.execute(R"sql(
            UPDATE result SET missing = NULL, unfinished = iif(:known, unfinished, :unfinished)
            WHERE sop_instance_uid = :uid AND job_number = (SELECT number FROM job WHERE id = :job))sql",
                         Named{"known", known ? 1 : 0}, Named{"unfinished", unfinished},
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
        sqlite::write_ended(database, *job);
        return sqlite::read_job(database, id).value();  // with the results as they are now
    });
}

Result<void> JobStore::release(const std::string& id, std::int64_t epoch) {
    return connection_->transact([&](Database& database) -> Result<void> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        sqlite::give_back(*job);
        sqlite::write_ended(database, *job);
        return {};
    });
}

Result<void> JobStore::abandon(const std::string& id, std::int64_t epoch, const Error& why) {
    return connection_->transact([&](Database& database) -> Result<void> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        sqlite::end_attempt(policy_, *job, why, clock_());
        sqlite::write_ended(database, *job);
        return {};
    });
}

Result<void> JobStore::interrupt(const std::string& id, std::int64_t epoch, const Error& why,
                                 bool may_be_the_job) {
    return connection_->transact([&](Database& database) -> Result<void> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        if (may_be_the_job && sqlite::interruptions(database, *job) >= kMostInterruptions)
            sqlite::end_attempt(policy_, *job, why, clock_());
        else
            sqlite::interrupt_attempt(database, *job, why, clock_());
        sqlite::write_ended(database, *job);
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
        sqlite::end_job(*job, JobState::canceled, Error{ErrorCode::canceled, why}, now);
        sqlite::write_ended(database, *job);
        sqlite::append_journal(database, {id, "canceled", before, why, {}, by}, now);
        return sqlite::read_job(database, id).value();  // without what the attempt brought in
    });
}

}  // namespace spineseg
