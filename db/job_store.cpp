// SPDX-License-Identifier: GPL-3.0-or-later
// The queue but for the leases (job_leases.cpp): opening, putting in, listing, pruning.
#include "db/job_store.h"

#include <algorithm>
#include <utility>

#include "db/attempt_end.h"
#include "db/job_list.h"
#include "db/job_requests.h"
#include "db/job_rows.h"
#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Database;
using sqlite::Named;
using sqlite::SqliteFailure;
using sqlite::Statement;
using sqlite::to_ms;

namespace {

constexpr int kMostAttempts = 1000;

/// The epoch goes on: a worker that still holds an old lease must not become current again.
void queue_again(Job& job, const NewJob& asked) {
    job.state = JobState::queued;
    job.attempts = 0;
    job.max_attempts = asked.max_attempts;
    job.priority = asked.priority;
    job.progress = {};
    job.error.reset();
    job.started.reset();
    job.finished.reset();
    job.not_before = asked.not_before;
}

/// Somebody wants a job sooner that waits already. False where it is as soon as that.
bool bring_forward(Database& database, Job& job, const NewJob& asked) {
    if (job.state != JobState::queued || !asked.by) return false;
    bool sooner = asked.priority > job.priority;
    job.priority = std::max(job.priority, asked.priority);
    if (job.not_before && sqlite::is_scheduled(database, job) && job.not_before != asked.not_before &&
        (!asked.not_before || *asked.not_before < *job.not_before)) {
        job.not_before = asked.not_before;
        sooner = true;
    }
    if (sooner) sqlite::update_job(database, job);
    return sooner;
}

}  // namespace

JobStore::JobStore(std::shared_ptr<sqlite::StoreConnection> connection, QueuePolicy policy, Clock clock)
    : connection_(std::move(connection)),
      policy_(std::move(policy)),
      clock_(std::move(clock)),
      verdicts_(connection_),
      journal_(connection_, clock_),
      attempts_(connection_),
      control_(connection_, clock_),
      changes_(connection_),
      values_(connection_),
      results_(connection_, clock_),
      leftovers_(connection_),
      endings_(connection_),
      webhooks_(connection_, clock_) {}
JobStore::~JobStore() = default;

bool JobStore::is_usable() const {
    return connection_->is_usable();
}

JobStore::Clock JobStore::system_clock() {
    return [] {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
}

Result<std::unique_ptr<JobStore>> JobStore::open(const std::filesystem::path& file, Clock clock,
                                                 const QueuePolicy& policy) {
    try {
        auto connection = std::make_shared<sqlite::StoreConnection>(file, policy.busy_timeout, policy.checked,
                                                                    policy.written);
        return std::unique_ptr<JobStore>(new JobStore(std::move(connection), policy, std::move(clock)));
    } catch (const SqliteFailure& why) {
        return sqlite::unavailable(file, why);
    } catch (const std::filesystem::filesystem_error& why) {
        return sqlite::unavailable(file, why);
    }
}

Result<Enqueued> JobStore::enqueue(const NewJob& asked, bool again) {
    if (asked.max_attempts < 1 || asked.max_attempts > kMostAttempts) {
        return failure(ErrorCode::invalid_argument,
                       "max_attempts must be 1.." + std::to_string(kMostAttempts));
    }
    return connection_->transact([&](Database& database) -> Result<Enqueued> {
        const Timestamp now = clock_();
        auto known = sqlite::find_job(database, asked);
        if (known && !(again && known->finished)) {
            if (again && bring_forward(database, *known, asked))
                sqlite::note_request(database, known->id, asked, "brought forward", now);
            return Enqueued{std::move(*known), false};
        }
        if (auto allowed = sqlite::check_request_quota(database, policy_, asked, now); !allowed)
            return failure(allowed.error());
        const bool restarted = known.has_value();
        if (restarted) {
            queue_again(*known, asked);
            sqlite::update_job(database, *known);
            sqlite::set_queued(database, known->id, now, asked.not_before.has_value());
        } else {
            known = sqlite::insert_job(database, asked, now);
        }
        sqlite::record_request(database, known->id, asked, restarted, now);
        return Enqueued{std::move(*known), true};
    });
}

Result<Job> JobStore::record_done(const NewJob& asked, const std::vector<ResultObject>& results) {
    return connection_->transact([&](Database& database) -> Result<Job> {
        if (auto known = sqlite::find_job(database, asked)) {
            if (known->state != JobState::done) return std::move(*known);
            database.execute("DELETE FROM job WHERE id = :id", Named{"id", known->id});
        }
        const Timestamp now = clock_();
        Job job = sqlite::insert_job(database, asked, now);
        sqlite::end_job(job, JobState::done, std::nullopt, now);
        job.progress = {Stage::storing, 1.0};
        sqlite::update_job(database, job);
        for (const auto& object : results) sqlite::upsert_result(database, job.id, object);
        return sqlite::read_job(database, job.id).value();
    });
}

Result<Job> JobStore::job(const std::string& id) {
    return connection_->look([&](Database& database) -> Result<Job> {
        auto job = sqlite::read_job(database, id);
        if (!job) return failure(ErrorCode::not_found, "there is no job " + id);
        return std::move(*job);
    });
}

Result<std::vector<Job>> JobStore::jobs(const JobFilter& filter) {
    return connection_->look(
        [&](Database& database) -> Result<std::vector<Job>> { return sqlite::list_jobs(database, filter); });
}

Result<std::map<std::string, Scanner>> JobStore::scanners(const std::vector<Job>& jobs) {
    return connection_->look([&](Database& database) -> Result<std::map<std::string, Scanner>> {
        return sqlite::scanners_of(database, jobs);
    });
}

Result<QueueCounts> JobStore::counts() {
    return connection_->look([&](Database& database) -> Result<QueueCounts> {
        QueueCounts counts;
        Statement row = database.query("SELECT state, count(*) AS jobs FROM job GROUP BY state");
        while (row.step()) {
            const auto state = job_state_from_string(row.text("state"));
            const int count = static_cast<int>(row.integer("jobs"));
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

Result<int> JobStore::prune(std::chrono::milliseconds keep) {
    return connection_->transact([&](Database& database) -> Result<int> {
        std::vector<std::int64_t> numbers;
        {
            Statement row = database.query(
                R"sql(
                SELECT number FROM job AS old WHERE finished IS NOT NULL AND finished < :before
                  AND (EXISTS (SELECT 1 FROM job AS newer WHERE newer.orthanc_series_id = old.orthanc_series_id
                               AND newer.number > old.number)
                       OR NOT EXISTS (SELECT 1 FROM verdict
                                      WHERE verdict.orthanc_series_id = old.orthanc_series_id))
                ORDER BY finished LIMIT :limit)sql",
                Named{"before", to_ms(clock_() - keep)}, Named{"limit", kPrunedAtOnce});
            while (row.step()) numbers.push_back(row.integer("number"));
        }
        const auto pruned = sqlite::json_list(numbers);
        return database.execute("DELETE FROM job WHERE number IN (SELECT value FROM json_each(:jobs))",
                                Named{"jobs", pruned});
    });
}

Result<void> JobStore::renew_fingerprint(const std::string& orthanc_series_id, const std::string& old,
                                         const std::string& renewed, std::optional<Timestamp> last_update) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const std::int64_t since = last_update ? to_ms(*last_update) : 0;
        database.execute(R"sql(
            UPDATE verdict SET fingerprint = :renewed
            WHERE orthanc_series_id = :series AND fingerprint = :old AND decided >= :since)sql",
                         Named{"renewed", renewed}, Named{"series", orthanc_series_id}, Named{"old", old},
                         Named{"since", since});
        // Where a job of the new fingerprint stands already, the old one is history and stays as it is.
        database.execute(R"sql(
            UPDATE OR IGNORE job SET fingerprint = :renewed
            WHERE orthanc_series_id = :series AND fingerprint = :old AND created >= :since)sql",
                         Named{"renewed", renewed}, Named{"series", orthanc_series_id}, Named{"old", old},
                         Named{"since", since});
        return {};
    });
}

}  // namespace spineseg
