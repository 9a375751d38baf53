// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked of the runs that there are, and which are forgotten; shadow_runs.cpp has what happens to one.
#include "db/columns.h"
#include "db/shadow_rows.h"
#include "db/shadow_runs.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Database;
using sqlite::Named;
using sqlite::Statement;
using sqlite::to_ms;

namespace {

constexpr int kPrunedRunsAtOnce = 1'000;

constexpr const char* kSelected = R"sql(
    (:model = '' OR model_id = :model OR model_digest = :model) AND (:since IS NULL OR created >= :since))sql";

std::optional<std::int64_t> since_of(const ShadowFilter& filter) {
    if (!filter.since) return std::nullopt;
    return to_ms(*filter.since);
}

}  // namespace

Result<std::vector<ShadowRun>> ShadowRuns::list(const ShadowFilter& filter) {
    static const std::string sql =
        sqlite::select_run() + "WHERE" + kSelected + " ORDER BY number DESC LIMIT :limit";
    return connection_->look([&](Database& database) -> Result<std::vector<ShadowRun>> {
        return sqlite::read_runs(database.query(sql, Named{"model", filter.model},
                                                Named{"since", since_of(filter)},
                                                Named{"limit", filter.limit}));
    });
}

Result<ShadowTotals> ShadowRuns::totals(const ShadowFilter& filter) {
    static const std::string counted =
        std::string("SELECT state, count(*) AS runs FROM shadow_run WHERE") + kSelected + " GROUP BY state";
    // "+": by number and not by the index of states, whose rows would have to be sorted.
    static const std::string sampled =
        "SELECT " + sqlite::figure_columns() + " FROM shadow_run WHERE" + kSelected +
        " AND +state IN ('compared', 'rejected') ORDER BY number DESC LIMIT :limit";
    return connection_->look([&](Database& database) -> Result<ShadowTotals> {
        ShadowTotals totals;
        {
            Statement row =
                database.query(counted, Named{"model", filter.model}, Named{"since", since_of(filter)});
            while (row.step())
                totals.runs.at(static_cast<std::size_t>(sqlite::shadow_state_from(row.text("state")))) =
                    row.integer("runs");
        }
        Statement row =
            database.query(sampled, Named{"model", filter.model}, Named{"since", since_of(filter)},
                           Named{"limit", ShadowTotals::kMostSampled});
        while (row.step()) sqlite::read_figures(row, totals.sampled.emplace_back());
        return totals;
    });
}

Result<int> ShadowRuns::prune(std::chrono::milliseconds keep) {
    return connection_->transact([&](Database& database) -> Result<int> {
        return database.execute(R"sql(
            DELETE FROM shadow_run WHERE number IN
                (SELECT number FROM shadow_run WHERE finished < :before ORDER BY number LIMIT :limit))sql",
                                Named{"before", to_ms(clock_() - keep)}, Named{"limit", kPrunedRunsAtOnce});
    });
}

}  // namespace spineseg
