// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/leftovers.h"

#include <utility>

#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Named;

Leftovers::Leftovers(std::shared_ptr<sqlite::StoreConnection> connection)
    : connection_(std::move(connection)) {}

Result<void> Leftovers::announce(const std::string& job_id, std::int64_t epoch,
                                 const std::string& sop_instance_uid) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(R"sql(
            INSERT INTO leftover (job_id, epoch, sop_instance_uid, orthanc_instance_id)
            VALUES (:job, :epoch, :uid, '')
            ON CONFLICT (job_id, sop_instance_uid) DO UPDATE SET epoch = excluded.epoch)sql",
                         Named{"job", job_id}, Named{"epoch", epoch}, Named{"uid", sop_instance_uid});
        return {};
    });
}

Result<void> Leftovers::withdraw(const std::string& job_id, const std::string& sop_instance_uid) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(R"sql(
            DELETE FROM leftover
            WHERE job_id = :job AND sop_instance_uid = :uid AND orthanc_instance_id = '')sql",
                         Named{"job", job_id}, Named{"uid", sop_instance_uid});
        return {};
    });
}

Result<std::vector<Leftover>> Leftovers::due(int limit, const std::string& job_id) {
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<Leftover>> {
        std::vector<Leftover> due;
        sqlite::Statement row = database.query(R"sql(
            SELECT number, job_id, sop_instance_uid, orthanc_instance_id FROM leftover
            WHERE (orthanc_instance_id <> '' OR NOT EXISTS
                (SELECT 1 FROM job WHERE job.id = leftover.job_id AND job.state = 'leased'
                                     AND job.epoch = leftover.epoch))
              AND (:job = '' OR job_id = :job)
            ORDER BY number LIMIT :limit)sql",
                                               Named{"job", job_id}, Named{"limit", std::int64_t{limit}});
        while (row.step())
            due.push_back({row.integer("number"), row.text("job_id"), row.text("sop_instance_uid"),
                           row.text("orthanc_instance_id")});
        return due;
    });
}

Result<StoredKnowledge> Leftovers::knowledge_of(const std::string& job_id,
                                                const std::string& sop_instance_uid) {
    return connection_->look([&](sqlite::Database& database) -> Result<StoredKnowledge> {
        sqlite::Statement row = database.query(R"sql(
            SELECT 1 AS unfinished FROM leftover WHERE job_id = :job AND sop_instance_uid = :uid
            UNION ALL
            SELECT unfinished FROM result JOIN job ON job.number = result.job_number
            WHERE job.id = :job AND sop_instance_uid = :uid
            LIMIT 1)sql",
                                               Named{"job", job_id}, Named{"uid", sop_instance_uid});
        if (!row.step()) return StoredKnowledge::none;
        return row.integer("unfinished") == 0 ? StoredKnowledge::result : StoredKnowledge::unfinished;
    });
}

Result<bool> Leftovers::is_a_result(const std::string& orthanc_instance_id) {
    return connection_->look([&](sqlite::Database& database) -> Result<bool> {
        sqlite::Statement row = database.query("SELECT 1 FROM result WHERE orthanc_instance_id = :id LIMIT 1",
                                               Named{"id", orthanc_instance_id});
        return row.step();
    });
}

Result<void> Leftovers::forget(const Leftover& leftover) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("DELETE FROM leftover WHERE number = :number", Named{"number", leftover.number});
        return {};
    });
}

}  // namespace spineseg
