// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_store.h"

#include <algorithm>
#include <utility>

#include "core/digest.h"
#include "db/job_rows.h"
#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Database;
using sqlite::SqliteFailure;
using sqlite::Statement;
using sqlite::to_ms;

namespace {

constexpr int kMostAttempts = 1000;

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

void end_job(Database& database, const std::string& id, JobState state, const std::optional<Error>& error,
             const std::string& summary_json, Timestamp now) {
    std::optional<std::string> code, detail;
    if (error) {
        code = std::string(to_string(error->code));
        detail = error->detail;
    }
    database.execute(
        "UPDATE job SET state = ?, error_code = ?, error_detail = ?, summary_json = ?, finished = ?,"
        " lease_expires = NULL, not_before = NULL WHERE id = ?",
        to_string(state), code, detail, summary_json, to_ms(now), id);
}

/// Rows that stay keep their place and the ids that Orthanc gave.
void replace_results(Database& database, const Job& job, const std::vector<ResultObject>& results) {
    for (const ResultObject& old : job.results) {
        const bool stays = std::any_of(results.begin(), results.end(), [&](const ResultObject& object) {
            return object.sop_instance_uid == old.sop_instance_uid;
        });
        if (!stays)
            database.execute(
                "DELETE FROM result WHERE sop_instance_uid = ?"
                " AND job_number = (SELECT number FROM job WHERE id = ?)",
                old.sop_instance_uid, job.id);
    }
    for (const ResultObject& object : results) sqlite::upsert_result(database, job.id, object);
}

/// Back to the queue after a failed attempt, or failed when it was the last.
void end_attempt(Database& database, const QueuePolicy& policy, const Job& job, const Error& why,
                 Timestamp now) {
    if (job.attempts >= job.max_attempts) {
        end_job(database, job.id, JobState::failed, why, job.summary_json, now);
        return;
    }
    database.execute(
        "UPDATE job SET state = 'queued', error_code = ?, error_detail = ?, not_before = ?, lease_expires = "
        "NULL,"
        " stage = 'waiting', fraction = 0.0 WHERE id = ?",
        to_string(why.code), why.detail, to_ms(now + backoff(policy, job)), job.id);
}

}  // namespace

JobStore::JobStore(std::shared_ptr<sqlite::StoreConnection> connection, QueuePolicy policy, Clock clock)
    : connection_(std::move(connection)),
      policy_(std::move(policy)),
      clock_(std::move(clock)),
      results_(connection_, clock_) {}
JobStore::~JobStore() = default;

JobStore::Clock JobStore::system_clock() {
    return [] {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
}

Result<std::unique_ptr<JobStore>> JobStore::open(const std::filesystem::path& file, Clock clock,
                                                 const QueuePolicy& policy) {
    try {
        auto connection = std::make_shared<sqlite::StoreConnection>(file, policy.busy_timeout);
        return std::unique_ptr<JobStore>(new JobStore(std::move(connection), policy, std::move(clock)));
    } catch (const SqliteFailure& why) {
        return sqlite::unavailable(file, why);
    } catch (const std::filesystem::filesystem_error& why) {
        return sqlite::unavailable(file, why);
    }
}

Result<Enqueued> JobStore::enqueue(const NewJob& job, bool again) {
    if (job.max_attempts < 1 || job.max_attempts > kMostAttempts) {
        return failure(ErrorCode::invalid_argument,
                       "max_attempts must be 1.." + std::to_string(kMostAttempts));
    }
    return connection_->transact([&](Database& database) -> Result<Enqueued> {
        Enqueued enqueued;
        auto id = sqlite::find_job(database, job);
        if (!id) {
            id = sqlite::insert_job(database, job, clock_());
            enqueued.created = true;
        } else if (again) {
            // The epoch goes on: a worker that still holds an old lease must not become current again.
            enqueued.created =
                database.execute(
                    "UPDATE job SET state = 'queued', attempts = 0, max_attempts = ?, priority = ?,"
                    " stage = 'waiting', fraction = 0.0, error_code = NULL, error_detail = NULL,"
                    " started = NULL, finished = NULL, not_before = NULL, queued = ?"
                    " WHERE id = ? AND finished IS NOT NULL",
                    job.max_attempts, job.priority, to_ms(clock_()), *id) > 0;
        }
        enqueued.job = sqlite::read_job(database, *id).value();
        return enqueued;
    });
}

Result<std::optional<Job>> JobStore::job(const std::string& id) {
    return connection_->transact(
        [&](Database& database) -> Result<std::optional<Job>> { return sqlite::read_job(database, id); });
}

Result<std::vector<Job>> JobStore::jobs(const JobFilter& filter) {
    return connection_->transact(
        [&](Database& database) -> Result<std::vector<Job>> { return sqlite::read_jobs(database, filter); });
}

Result<QueueCounts> JobStore::counts() {
    return connection_->transact([&](Database& database) -> Result<QueueCounts> {
        QueueCounts counts;
        Statement row = database.query("SELECT state, count(*) FROM job GROUP BY state");
        while (row.step()) {
            const auto state = job_state_from_string(row.text());
            const int count = static_cast<int>(row.integer());
            if (state == JobState::queued) counts.queued = count;
            if (state == JobState::leased) counts.leased = count;
            if (state == JobState::done) counts.done = count;
            if (state == JobState::rejected) counts.rejected = count;
            if (state == JobState::failed) counts.failed = count;
            if (state == JobState::canceled) counts.canceled = count;
        }
        counts.deleted = sqlite::count_jobs_without_results(database);
        counts.done -= counts.deleted;
        return counts;
    });
}

Result<std::optional<Lease>> JobStore::lease(const std::string& worker, const std::string& model_digest,
                                             std::chrono::milliseconds duration) {
    return connection_->transact([&](Database& database) -> Result<std::optional<Lease>> {
        const Timestamp now = clock_();
        const Timestamp expires = now + duration;
        // Every point of priority is worth `age` of waiting: the order does not depend on the present time.
        const auto age = policy_.priority_age;
        const bool ages = age.count() > 0;
        std::string id;
        {
            Statement row = database.query(
                "UPDATE job SET state = 'leased', attempts = attempts + 1, epoch = epoch + 1, worker = ?, "
                "started = ?,"
                " lease_expires = ?, not_before = NULL, stage = 'fetching', fraction = 0.0"
                " WHERE number = (SELECT number FROM job WHERE state = 'queued' AND model_digest = ?"
                "  AND (not_before IS NULL OR not_before <= ?) ORDER BY queued * ? - priority * ?, number "
                "LIMIT 1)"
                " RETURNING id",
                worker, to_ms(now), to_ms(expires), model_digest, to_ms(now), ages ? 1 : 0,
                ages ? age.count() : 1);
            if (!row.step()) return std::nullopt;
            id = row.text();
            while (row.step()) continue;
        }
        Lease lease{.job = sqlite::read_job(database, id).value(), .expires = expires};
        lease.epoch = lease.job.epoch;
        return lease;
    });
}

Result<Lease> JobStore::renew(const std::string& id, std::int64_t epoch, const Progress& progress,
                              std::chrono::milliseconds duration) {
    return connection_->transact([&](Database& database) -> Result<Lease> {
        auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        const Timestamp expires = clock_() + duration;
        const double fraction =
            progress.fraction >= 0.0 ? std::min(progress.fraction, 1.0) : 0.0;  // NaN is 0
        database.execute("UPDATE job SET lease_expires = ?, stage = ?, fraction = ? WHERE id = ?",
                         to_ms(expires), to_string(progress.stage), fraction, id);
        return Lease{.job = sqlite::read_job(database, id).value(), .epoch = epoch, .expires = expires};
    });
}

Result<void> JobStore::add_result(const std::string& id, std::int64_t epoch, const ResultObject& object) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        sqlite::upsert_result(database, id, object);
        // It may have been stored before, by an earlier attempt, and deleted since.
        database.execute(
            "UPDATE result SET missing = NULL WHERE sop_instance_uid = ? AND job_number ="
            " (SELECT number FROM job WHERE id = ?)",
            object.sop_instance_uid, id);
        return {};
    });
}

Result<Job> JobStore::complete(const std::string& id, std::int64_t epoch, const Outcome& outcome) {
    if (outcome.state != JobState::done && !outcome.error) {
        return failure(ErrorCode::invalid_argument, "an outcome that is not done needs an error");
    }
    return connection_->transact([&](Database& database) -> Result<Job> {
        const auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        replace_results(database, *job, outcome.results);
        const Timestamp now = clock_();
        if (outcome.state == JobState::done) {
            end_job(database, id, JobState::done, std::nullopt, outcome.summary_json, now);
            // The last heartbeat may have come long before the end; a done job has come through every stage.
            database.execute("UPDATE job SET stage = ?, fraction = 1.0 WHERE id = ?",
                             to_string(Stage::storing), id);
        } else if (fate_of(outcome.error->code) == JobFate::retry) {
            end_attempt(database, policy_, *job, *outcome.error, now);
        } else {
            const bool reject = fate_of(outcome.error->code) == JobFate::reject;
            end_job(database, id, reject ? JobState::rejected : JobState::failed, outcome.error,
                    outcome.summary_json, now);
        }
        return sqlite::read_job(database, id).value();
    });
}

Result<void> JobStore::release(const std::string& id, std::int64_t epoch) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        database.execute(
            "UPDATE job SET state = 'queued', attempts = attempts - 1, lease_expires = NULL, not_before = "
            "NULL,"
            " stage = 'waiting', fraction = 0.0 WHERE id = ?",
            id);
        return {};
    });
}

Result<void> JobStore::abandon(const std::string& id, std::int64_t epoch, const Error& why) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const auto job = leased_job(database, id, epoch);
        if (!job) return failure(job.error());
        end_attempt(database, policy_, *job, why, clock_());
        return {};
    });
}

Result<Job> JobStore::cancel(const std::string& id, const std::string& why) {
    return connection_->transact([&](Database& database) -> Result<Job> {
        const auto job = sqlite::read_job(database, id);
        if (!job) return no_such_job(id);
        if (is_final(job->state)) {
            return failure(ErrorCode::invalid_argument,
                           "the job has ended already: it is " + std::string(to_string(job->state)));
        }
        end_job(database, id, JobState::canceled, Error{ErrorCode::canceled, why}, job->summary_json,
                clock_());
        return sqlite::read_job(database, id).value();
    });
}

Result<int> JobStore::expire_leases() {
    return connection_->transact([&](Database& database) -> Result<int> {
        const Timestamp now = clock_();
        std::vector<std::string> expired;
        {
            Statement row = database.query("SELECT id FROM job WHERE state = 'leased' AND lease_expires <= ?",
                                           to_ms(now));
            while (row.step()) expired.push_back(row.text());
        }
        for (const std::string& id : expired) {
            const Job job = sqlite::read_job(database, id).value();
            end_attempt(database, policy_, job,
                        Error{ErrorCode::worker_lost,
                              "the lease expired in stage " + std::string(to_string(job.progress.stage))},
                        now);
        }
        return static_cast<int>(expired.size());
    });
}

Result<int> JobStore::prune(std::chrono::milliseconds keep) {
    return connection_->transact([&](Database& database) -> Result<int> {
        return database.execute(
            "DELETE FROM job WHERE number IN (SELECT number FROM job AS old WHERE finished IS NOT NULL AND "
            "finished < ?"
            "  AND (EXISTS (SELECT 1 FROM job AS newer WHERE newer.orthanc_series_id = old.orthanc_series_id"
            "               AND newer.number > old.number)"
            "       OR NOT EXISTS (SELECT 1 FROM verdict WHERE verdict.orthanc_series_id = "
            "old.orthanc_series_id))"
            "  ORDER BY finished LIMIT ?)",
            to_ms(clock_() - keep), kPrunedAtOnce);
    });
}

Result<int> JobStore::adopt_queued_jobs(const std::string& model_id, const std::string& model_digest) {
    return connection_->transact([&](Database& database) -> Result<int> {
        const int adopted = database.execute(
            "UPDATE OR IGNORE job SET model_id = ?1, model_digest = ?2 WHERE state = 'queued' AND "
            "model_digest <> ?2",
            model_id, model_digest);
        // What the unique key kept from being adopted is done or waiting under the new model already.
        std::vector<std::string> redundant;
        {
            Statement row = database.query("SELECT id FROM job WHERE state = 'queued' AND model_digest <> ?",
                                           model_digest);
            while (row.step()) redundant.push_back(row.text());
        }
        for (const std::string& id : redundant) {
            end_job(database, id, JobState::canceled,
                    Error{ErrorCode::canceled, "the same request stands under the model " + model_id}, "",
                    clock_());
        }
        return adopted;
    });
}

}  // namespace spineseg
