// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_changes.h"

#include <utility>

#include "db/sqlite.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Named;

JobChanges::JobChanges(std::shared_ptr<sqlite::StoreConnection> connection)
    : connection_(std::move(connection)) {}

Result<ChangedJobs> JobChanges::since(std::optional<std::int64_t> since) {
    return connection_->look([&](sqlite::Database& database) -> Result<ChangedJobs> {
        ChangedJobs changed;
        sqlite::Statement latest = database.query("SELECT number, queue FROM latest_change");
        if (!latest.step()) throw sqlite::SqliteFailure("the number of the latest change is lost");
        changed.last = latest.integer("number");
        if (!since || *since == changed.last) return changed;
        if (*since > changed.last) {
            changed.reset = true;
            return changed;
        }
        changed.queue = latest.integer("queue") > *since;
        sqlite::Statement row =
            database.query("SELECT id, changed FROM job WHERE changed > :since ORDER BY changed LIMIT :most",
                           Named{"since", *since}, Named{"most", kMostJobs + 1});
        std::int64_t last_listed = 0;
        while (row.step()) {
            changed.more = changed.jobs.size() == static_cast<std::size_t>(kMostJobs);
            if (changed.more) break;
            changed.jobs.push_back(row.text("id"));
            last_listed = row.integer("changed");
        }
        if (changed.more) changed.last = last_listed;
        return changed;
    });
}

}  // namespace spineseg
