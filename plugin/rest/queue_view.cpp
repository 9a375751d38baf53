// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/queue_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugin/rest/job_view.h"

namespace spineseg {
namespace {

using nlohmann::json;

json maybe(const std::optional<double>& value) {
    return value ? json(*value) : json(nullptr);
}

}  // namespace

json counts_json(const QueueCounts& counts) {
    return {{"Queued", counts.queued},     {"Running", counts.leased}, {"Done", counts.done},
            {"Rejected", counts.rejected}, {"Failed", counts.failed},  {"Canceled", counts.canceled},
            {"Deleted", counts.deleted}};
}

json queue_json(QueueMode mode, const QueueCounts& counts, const QueueFigures& figures, Timestamp since,
                Timestamp now, std::int64_t last) {
    std::optional<double> oldest;  // a clock that was set back gives 0
    if (figures.oldest_due)
        oldest = std::max(0.0, std::chrono::duration<double>(now - *figures.oldest_due).count());
    return {{"Paused", mode == QueueMode::paused},
            {"Draining", mode == QueueMode::draining},
            {"Drained", mode == QueueMode::draining && counts.leased == 0},
            {"Counts", counts_json(counts)},
            {"OldestQueuedSeconds", maybe(oldest)},
            {"Today",
             {{"Since", iso8601(since)},
              {"Arrived", figures.arrived},
              {"Done", figures.done},
              {"Review", figures.review},
              {"Rejected", figures.rejected},
              {"Failed", figures.failed},
              {"TurnaroundSeconds", {{"Median", maybe(figures.median)}, {"P95", maybe(figures.p95)}}}}},
            {"Last", last}};
}

json changes_json(const ChangedJobs& changed, bool waited) {
    return {{"Last", changed.last}, {"Jobs", changed.jobs},   {"Queue", changed.queue},
            {"More", changed.more}, {"Reset", changed.reset}, {"Waited", waited}};
}

}  // namespace spineseg
