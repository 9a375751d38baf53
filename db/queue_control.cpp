// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/queue_control.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "db/job_rows.h"
#include "db/store_connection.h"

namespace spineseg {

using sqlite::Database;
using sqlite::Named;
using sqlite::Statement;
using sqlite::to_ms;

namespace {

constexpr const char* kModeKey = "queue.mode";
constexpr std::array<std::pair<QueueMode, std::string_view>, 3> kModes{
    {{QueueMode::running, "running"}, {QueueMode::paused, "paused"}, {QueueMode::draining, "draining"}}};

/// Of sorted values, which are not empty: the smallest that at least that part of them does not exceed.
double quantile(const std::vector<double>& sorted, double part) {
    const auto rank = std::ceil(part * static_cast<double>(sorted.size()));
    return sorted.at(static_cast<std::size_t>(std::max(rank, 1.0)) - 1);
}

void count_ended(Database& database, Timestamp since, QueueFigures& figures) {
    Statement row = database.query(R"sql(
        SELECT state, ifnull(quality, '') = 'review' AS review, count(*) AS jobs FROM job
        WHERE finished >= :since GROUP BY 1, 2)sql",
                                   Named{"since", to_ms(since)});
    while (row.step()) {
        const auto state = job_state_from_string(row.text("state"));
        const int jobs = static_cast<int>(row.integer("jobs"));
        if (state == JobState::done) figures.done += jobs;
        if (state == JobState::done && row.integer("review") != 0) figures.review += jobs;
        if (state == JobState::rejected) figures.rejected += jobs;
        if (state == JobState::failed) figures.failed += jobs;
    }
}

void time_ended(Database& database, Timestamp since, QueueFigures& figures) {
    std::vector<double> seconds;
    Statement row = database.query(R"sql(
        SELECT finished - queued AS milliseconds FROM job
        WHERE finished >= :since AND +state = 'done' ORDER BY finished DESC LIMIT :most)sql",
                                   Named{"since", to_ms(since)}, Named{"most", QueueControl::kMostTimed});
    while (row.step()) seconds.push_back(static_cast<double>(row.only_integer()) / 1000.0);
    if (seconds.empty()) return;
    std::sort(seconds.begin(), seconds.end());
    figures.median = quantile(seconds, 0.5);
    figures.p95 = quantile(seconds, 0.95);
}

}  // namespace

std::string_view to_string(QueueMode mode) {
    return std::find_if(kModes.begin(), kModes.end(), [&](const auto& one) { return one.first == mode; })
        ->second;
}

QueueMode sqlite::queue_mode(Database& database) {
    Statement row = database.query("SELECT value FROM value WHERE key = :key", Named{"key", kModeKey});
    if (!row.step()) return QueueMode::running;
    const auto name = row.only_text();
    const auto known =
        std::find_if(kModes.begin(), kModes.end(), [&](const auto& one) { return one.second == name; });
    return known == kModes.end() ? QueueMode::running : known->first;
}

QueueControl::QueueControl(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<QueueMode> QueueControl::mode() {
    return connection_->look(
        [](Database& database) -> Result<QueueMode> { return sqlite::queue_mode(database); });
}

Result<void> QueueControl::set_mode(QueueMode mode, const Asker& by) {
    return connection_->transact([&](Database& database) -> Result<void> {
        const auto before = sqlite::queue_mode(database);
        if (before == mode) return {};
        database.execute("INSERT OR REPLACE INTO value (key, value) VALUES (:key, :value)",
                         Named{"key", kModeKey}, Named{"value", std::string(to_string(mode))});
        database.execute("UPDATE latest_change SET number = number + 1, queue = number + 1");
        sqlite::append_journal(database,
                               {.job_id = {},
                                .action = "queue " + std::string(to_string(mode)),
                                .subject = "the queue",
                                .detail = "it was " + std::string(to_string(before)),
                                .by = by},
                               clock_());
        return {};
    });
}

Result<Job> QueueControl::set_priority(const std::string& job_id, int priority, const Asker& by) {
    return connection_->transact([&](Database& database) -> Result<Job> {
        auto job = sqlite::read_job(database, job_id);
        if (!job) return failure(ErrorCode::not_found, "there is no job " + job_id);
        if (is_final(job->state))
            return failure(ErrorCode::invalid_argument,
                           "the job has ended already: it is " + std::string(to_string(job->state)));
        if (job->priority == priority) return std::move(*job);
        const int before = std::exchange(job->priority, priority);
        sqlite::update_job(database, *job);
        sqlite::append_journal(database,
                               {.job_id = job_id,
                                .action = "priority changed",
                                .subject = std::to_string(priority),
                                .detail = "it was " + std::to_string(before),
                                .by = by},
                               clock_());
        return std::move(*job);
    });
}

Result<QueueFigures> QueueControl::figures(Timestamp since) {
    return connection_->look([&](Database& database) -> Result<QueueFigures> {
        QueueFigures figures;
        Statement arrived =
            database.query("SELECT count(*) FROM job WHERE created >= :since", Named{"since", to_ms(since)});
        if (arrived.step()) figures.arrived = static_cast<int>(arrived.only_integer());
        count_ended(database, since, figures);
        time_ended(database, since, figures);
        Statement oldest = database.query(R"sql(
            SELECT min(queued) AS queued FROM job
            WHERE state = 'queued' AND NOT (scheduled AND not_before > :now))sql",
                                          Named{"now", to_ms(clock_())});
        if (oldest.step())
            if (const auto queued = oldest.maybe_integer("queued"))
                figures.oldest_due = sqlite::from_ms(*queued);
        return figures;
    });
}

}  // namespace spineseg
