// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/shadow_runs.h"

#include <utility>

#include "db/columns.h"
#include "db/job_journal.h"
#include "db/queue_control.h"
#include "db/shadow_rows.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Database;
using sqlite::Named;
using sqlite::Statement;
using sqlite::to_ms;

namespace {

using Run = ShadowRun;

constexpr auto kPauseAfterAFault = std::chrono::minutes(1);

Result<Run> leased_run(Database& database, const std::string& id, std::int64_t epoch) {
    static const std::string sql =
        sqlite::select_run() + "WHERE id = :id AND state = 'running' AND epoch = :epoch";
    auto runs = sqlite::read_runs(database.query(sql, Named{"id", id}, Named{"epoch", epoch}));
    if (runs.empty())
        return failure(ErrorCode::stale_lease, "the shadow run is no longer leased under that epoch");
    return std::move(runs.front());
}

void write_in_journal(Database& database, const Run& run, Timestamp now) {
    sqlite::append_journal(database,
                           {.job_id = run.job_id,
                            .action = "shadow " + std::string(to_string(run.state)),
                            .subject = run.model_id + " " + run.model_digest,
                            .detail = run.reason},
                           now);
}

void end_run(Database& database, Run& run, ShadowState state, const std::string& reason, Timestamp now) {
    run.state = state;
    run.reason = reason;
    run.finished = now;
    sqlite::update_run(database, run);
    write_in_journal(database, run, now);
}

void return_run(Database& database, Run& run, const std::string& why, bool counts, Timestamp now) {
    if (counts && run.attempts >= ShadowRuns::kMostAttempts)
        return end_run(database, run, ShadowState::failed, why, now);
    run.state = ShadowState::waiting;
    run.reason = why;
    if (!counts) run.attempts -= 1;
    run.not_before = now + kPauseAfterAFault;
    sqlite::update_run(database, run);
}

/// ["a","b"]; a name in SQLite's own quoting would be no JSON.
std::string json_texts(Database& database, const std::vector<std::string>& texts) {
    std::string list = "[]";
    for (const auto& text : texts) {
        Statement row = database.query("SELECT json_insert(:list, '$[#]', :text) AS list",
                                       Named{"list", list}, Named{"text", text});
        row.step();
        list = row.only_text();
    }
    return list;
}

}  // namespace

ShadowRuns::ShadowRuns(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<int> ShadowRuns::add(const Job& job, const std::vector<std::string>& wanted) {
    return connection_->transact([&](Database& database) -> Result<int> {
        const auto now = to_ms(clock_());
        int dropped = database.execute(R"sql(
            UPDATE shadow_run SET state = 'dropped', finished = :now, reason = 'the job ran again'
            WHERE job_id = :job AND job_epoch <> :epoch AND state = 'waiting')sql",
                                       Named{"now", now}, Named{"job", job.id}, Named{"epoch", job.epoch});
        for (const auto& model : wanted) {
            database.execute(R"sql(
                INSERT OR IGNORE INTO shadow_run (id, job_id, job_epoch, orthanc_series_id, wanted,
                    shown_model_id, shown_model_digest, state, created)
                VALUES (lower(hex(randomblob(16))), :job, :epoch, :series, :wanted, :id, :digest, 'waiting', :now))sql",
                             Named{"job", job.id}, Named{"epoch", job.epoch},
                             Named{"series", job.orthanc_series_id}, Named{"wanted", model},
                             Named{"id", job.model_id}, Named{"digest", job.model_digest}, Named{"now", now});
            dropped +=
                database.execute(R"sql(
                UPDATE shadow_run SET state = 'dropped', finished = :now, reason = 'too many waited'
                WHERE state = 'waiting' AND wanted = :wanted AND number NOT IN
                    (SELECT number FROM shadow_run WHERE state = 'waiting' AND wanted = :wanted
                     ORDER BY number DESC LIMIT :most))sql",
                                 Named{"now", now}, Named{"wanted", model}, Named{"most", kMostWaiting});
        }
        return dropped;
    });
}

Result<std::optional<ShadowRun>> ShadowRuns::lease(const std::string& worker, const std::string& model_id,
                                                   const std::string& model_digest) {
    static const std::string sql = sqlite::select_run() + R"sql(
        WHERE state = 'waiting' AND (wanted = :id OR wanted = :digest)
          AND (not_before IS NULL OR not_before <= :now OR not_before > :latest)
          AND NOT EXISTS (SELECT 1 FROM job WHERE job.state = 'queued'
                          AND (job.not_before IS NULL OR job.not_before <= :now))
        ORDER BY number DESC LIMIT 1)sql";
    return connection_->transact([&](Database& database) -> Result<std::optional<ShadowRun>> {
        const Timestamp now = clock_();
        if (sqlite::queue_mode(database) != QueueMode::running) return std::nullopt;
        auto due = sqlite::read_runs(database.query(sql, Named{"id", model_id}, Named{"digest", model_digest},
                                                    Named{"now", to_ms(now)},
                                                    Named{"latest", to_ms(now + kPauseAfterAFault)}));
        if (due.empty()) return std::nullopt;
        Run& run = due.front();
        run.state = ShadowState::running;
        run.model_id = model_id;
        run.model_digest = model_digest;
        run.worker = worker;
        run.epoch += 1;
        run.attempts += 1;
        run.started = now;
        run.not_before.reset();
        sqlite::update_run(database, run);
        return std::move(run);
    });
}

Result<ShadowStanding> ShadowRuns::standing(const std::string& id, std::int64_t epoch) {
    return connection_->look([&](Database& database) -> Result<ShadowStanding> {
        const auto run = leased_run(database, id, epoch);
        if (!run) return ShadowStanding::ended;
        Statement row =
            database.query("SELECT 1 FROM job WHERE id = :job AND state = 'done' AND epoch = :epoch",
                           Named{"job", run->job_id}, Named{"epoch", run->job_epoch});
        return row.step() ? ShadowStanding::live : ShadowStanding::outdated;
    });
}

Result<void> ShadowRuns::end(const std::string& id, std::int64_t epoch, const ShadowEnd& end) {
    return connection_->transact([&](Database& database) -> Result<void> {
        auto run = leased_run(database, id, epoch);
        if (!run) return failure(run.error());
        run->figures = end.figures;
        end_run(database, *run, end.state, end.reason, clock_());
        return {};
    });
}

Result<ShadowState> ShadowRuns::give_back(const std::string& id, std::int64_t epoch, const std::string& why,
                                          bool counts) {
    return connection_->transact([&](Database& database) -> Result<ShadowState> {
        auto run = leased_run(database, id, epoch);
        if (!run) return failure(run.error());
        return_run(database, *run, why, counts, clock_());
        return run->state;
    });
}

Result<int> ShadowRuns::end_leases(const HolderOf& holder_of) {
    static const std::string sql = sqlite::select_run() + "WHERE state = 'running'";
    const auto running = connection_->look([&](Database& database) -> Result<std::vector<Run>> {
        return sqlite::read_runs(database.query(sql));
    });
    if (!running) return failure(running.error());
    int ended = 0;
    for (const auto& run : *running) {
        const auto holder = holder_of(run.id, run.epoch);
        if (holder == LeaseHolder::alive) continue;
        const bool silent = holder == LeaseHolder::silent;
        const auto back =
            give_back(run.id, run.epoch, silent ? "its lease expired" : "nobody held its lease", silent);
        if (!back && back.error().code != ErrorCode::stale_lease) return failure(back.error());
        ++ended;
    }
    return ended;
}

Result<int> ShadowRuns::keep_only(const std::vector<std::string>& wanted) {
    return connection_->transact([&](Database& database) -> Result<int> {
        return database.execute(R"sql(
            UPDATE shadow_run SET state = 'dropped', finished = :now, reason = 'its model is no longer a shadow'
            WHERE state = 'waiting' AND wanted NOT IN (SELECT value FROM json_each(:wanted)))sql",
                                Named{"now", to_ms(clock_())}, Named{"wanted", json_texts(database, wanted)});
    });
}

}  // namespace spineseg
