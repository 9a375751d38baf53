// SPDX-License-Identifier: GPL-3.0-or-later
// What JobStore does to many jobs at once: leases that ended, and jobs that wait for another model.
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

Result<int> JobStore::expire_leases() {
    static const std::string sql = sqlite::select_job() + "WHERE state = 'leased' AND lease_expires <= :now";
    return connection_->transact([&](Database& database) -> Result<int> {
        const Timestamp now = clock_();
        auto expired = sqlite::read_jobs(database, database.query(sql, Named{"now", to_ms(now)}));
        for (auto& [number, job] : expired) {
            const auto stage = std::string(to_string(job.progress.stage));
            sqlite::end_attempt(policy_, job,
                                Error{ErrorCode::worker_lost, "the lease expired in stage " + stage}, now);
            sqlite::write_ended(database, job);
        }
        return static_cast<int>(expired.size());
    });
}

Result<int> JobStore::end_leases(const HolderOf& holder_of) {
    static const std::string sql = sqlite::select_job() + "WHERE state = 'leased'";
    return connection_->transact([&](Database& database) -> Result<int> {
        int ended = 0;
        for (auto& [number, job] : sqlite::read_jobs(database, database.query(sql))) {
            const auto holder = holder_of(job.id, job.epoch);
            if (holder == LeaseHolder::alive) continue;
            const auto stage = std::string(to_string(job.progress.stage));
            if (holder == LeaseHolder::silent)
                sqlite::end_attempt(policy_, job,
                                    Error{ErrorCode::worker_lost, "the lease expired in stage " + stage},
                                    clock_());
            else
                sqlite::interrupt_attempt(database, job,
                                          Error{ErrorCode::worker_lost,
                                                "broken off in stage " + stage + ": nobody holds the lease"},
                                          clock_());
            sqlite::write_ended(database, job);
            ++ended;
        }
        return ended;
    });
}

Result<void> JobStore::raise_epochs() {
    return connection_->transact([&](Database& database) -> Result<void> {
        database.execute("UPDATE job SET epoch = epoch + 1000000 WHERE state <> 'leased'");
        return {};
    });
}

Result<std::vector<QueuedModel>> JobStore::queued_models() {
    return connection_->look([&](Database& database) -> Result<std::vector<QueuedModel>> {
        std::vector<QueuedModel> models;
        Statement row = database.query(R"sql(
            SELECT max(model_id) AS id, model_digest, count(*) AS jobs FROM job WHERE state = 'queued'
            GROUP BY model_digest ORDER BY model_digest)sql");
        while (row.step())
            models.push_back(
                {row.text("id"), row.text("model_digest"), static_cast<int>(row.integer("jobs"))});
        return models;
    });
}

Result<int> JobStore::adopt_queued_jobs(const std::string& model_id, const std::string& model_digest,
                                        const std::optional<std::string>& from) {
    static const std::string sql = sqlite::select_job() + R"sql(
        WHERE state = 'queued' AND model_digest <> :digest AND (:from IS NULL OR model_digest = :from))sql";
    return connection_->transact([&](Database& database) -> Result<int> {
        const int adopted =
            database.execute(R"sql(
            UPDATE OR IGNORE job SET model_id = :id, model_digest = :digest
            WHERE state = 'queued' AND model_digest <> :digest
              AND (:from IS NULL OR model_digest = :from))sql",
                             Named{"id", model_id}, Named{"digest", model_digest}, Named{"from", from});
        // What the unique key kept from being adopted is done or waiting under the new model already.
        for (auto& [number, job] : sqlite::read_jobs(
                 database, database.query(sql, Named{"digest", model_digest}, Named{"from", from}))) {
            sqlite::end_job(job, JobState::canceled,
                            Error{ErrorCode::canceled, "the same request stands under the model " + model_id},
                            clock_());
            job.summary_json.clear();
            sqlite::update_job(database, job);
        }
        return adopted;
    });
}

}  // namespace spineseg
