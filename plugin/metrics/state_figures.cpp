// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/state_figures.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>

#include "plugin/metrics/metric_names.h"

namespace spineseg {
namespace {

using prometheus::Labels;

struct CountedState {
    const char* name;
    int QueueCounts::*count;
};
constexpr std::array kCountedStates{
    CountedState{"queued", &QueueCounts::queued},     CountedState{"running", &QueueCounts::leased},
    CountedState{"done", &QueueCounts::done},         CountedState{"deleted", &QueueCounts::deleted},
    CountedState{"rejected", &QueueCounts::rejected}, CountedState{"failed", &QueueCounts::failed},
    CountedState{"canceled", &QueueCounts::canceled},
};
constexpr std::array kSelfTestStates{SelfTestState::not_run, SelfTestState::absent, SelfTestState::passed,
                                     SelfTestState::failed};

double age_in_seconds(const std::optional<Timestamp>& since, Timestamp now) {
    return since ? std::max(0.0, std::chrono::duration<double>(now - *since).count()) : 0.0;
}

double unix_seconds(Timestamp time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

auto busy_workers(const StateFigures& state) {
    return std::count_if(state.workers.begin(), state.workers.end(),
                         [](const ConnectedWorker& worker) { return !worker.job.empty(); });
}

auto workers_with(const StateFigures& state, SelfTestState outcome) {
    return std::count_if(state.workers.begin(), state.workers.end(), [&](const ConnectedWorker& worker) {
        return worker.self_test && worker.self_test->state == outcome;
    });
}

void read_database(const StateSources& sources, StateFigures& state) {
    const auto store = sources.store.for_routes();
    if (!store) return;
    const auto counts = (*store)->counts();
    if (!counts) return;
    state.counts = *counts;
    state.database_up = !sources.store.fault();  // reading may go on while writing fails
    if (const auto queue = (*store)->control().figures(state.now))
        state.oldest_queued_seconds = age_in_seconds(queue->oldest_due, state.now);
    if (const auto mode = (*store)->control().mode()) state.mode = *mode;
    if (auto webhooks = sources.webhooks.states(**store)) state.webhooks = std::move(*webhooks);
}

void read_disks(const StateSources& sources, StateFigures& state) {
    for (const auto& folder : sources.folders) {
        std::error_code unknown;
        const auto space = std::filesystem::space(folder.path, unknown);
        if (!unknown) state.disks.push_back({folder.name, space.available, space.capacity});
    }
}

/// The metrics of one scrape.
class Gauges {
  public:
    void gauge(const metric::Description& described, double value, const Labels& labels = {}) {
        prometheus::BuildGauge()
            .Name(described.name)
            .Help(described.help)
            .Register(registry_)
            .Add(labels)
            .Set(value);
    }
    void counter(const metric::Description& described, double value, const Labels& labels) {
        prometheus::BuildCounter()
            .Name(described.name)
            .Help(described.help)
            .Register(registry_)
            .Add(labels)
            .Increment(value);
    }
    std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

  private:
    prometheus::Registry registry_;
};

void show_workers(const StateFigures& state, Gauges& gauges) {
    gauges.gauge(metric::kWorkersConnected, static_cast<double>(state.workers.size()));
    gauges.gauge(metric::kWorkersBusy, static_cast<double>(busy_workers(state)));
    for (const auto outcome : kSelfTestStates)
        gauges.gauge(metric::kSelfTests, static_cast<double>(workers_with(state, outcome)),
                     {{"state", std::string(to_string(outcome))}});
}

/// The label is the place in the settings: an address may be long, and change.
void show_webhooks(const StateFigures& state, Gauges& gauges) {
    for (std::size_t i = 0; i < state.webhooks.size(); ++i) {
        const Labels labels{{"hook", std::to_string(i + 1)}};
        const auto& hook = state.webhooks[i].state;
        gauges.gauge(metric::kWebhookWaiting, hook.waiting, labels);
        gauges.gauge(metric::kWebhookOldest, age_in_seconds(hook.oldest_waiting, state.now), labels);
        gauges.counter(metric::kWebhookDelivered, static_cast<double>(hook.delivered), labels);
        gauges.counter(metric::kWebhookGivenUp, static_cast<double>(hook.given_up), labels);
    }
}

}  // namespace

StateFigures read_state(const StateSources& sources) {
    StateFigures state;
    state.now = sources.clock();
    state.workers = sources.registry.workers();
    read_database(sources, state);
    read_disks(sources, state);
    return state;
}

std::vector<prometheus::MetricFamily> state_families(const StateFigures& state, const StateSources& sources,
                                                     Timestamp started) {
    Gauges gauges;
    gauges.gauge(metric::kBuild, 1,
                 {{"version", sources.version}, {"orthanc_version", sources.archive_version()}});
    gauges.gauge(metric::kStart, unix_seconds(started));
    gauges.gauge(metric::kDatabaseUp, state.database_up ? 1 : 0);
    if (state.counts) {
        for (const auto& counted : kCountedStates)
            gauges.gauge(metric::kJobs, (*state.counts).*counted.count, {{"state", counted.name}});
        gauges.gauge(metric::kOldestQueued, state.oldest_queued_seconds);
        for (const auto mode : {QueueMode::running, QueueMode::paused, QueueMode::draining})
            gauges.gauge(metric::kQueueMode, state.mode == mode ? 1 : 0,
                         {{"mode", std::string(to_string(mode))}});
    }
    show_workers(state, gauges);
    for (const auto& disk : state.disks) {
        gauges.gauge(metric::kDiskFree, static_cast<double>(disk.free), {{"folder", disk.folder}});
        gauges.gauge(metric::kDiskSize, static_cast<double>(disk.size), {{"folder", disk.folder}});
    }
    show_webhooks(state, gauges);
    return gauges.collect();
}

std::vector<std::pair<std::string, double>> plain_gauges(const StateFigures& state) {
    std::vector<std::pair<std::string, double>> gauges{
        {metric::kDatabaseUp.name, state.database_up ? 1 : 0},
        {metric::kWorkersConnected.name, static_cast<double>(state.workers.size())},
        {metric::kWorkersBusy.name, static_cast<double>(busy_workers(state))}};
    if (!state.counts) return gauges;
    for (const auto& counted : kCountedStates)
        gauges.emplace_back(std::string(metric::kJobs.name) + "_" + counted.name,
                            (*state.counts).*counted.count);
    gauges.emplace_back(metric::kOldestQueued.name, state.oldest_queued_seconds);
    gauges.emplace_back("spineseg_queue_paused", state.mode == QueueMode::running ? 0 : 1);
    return gauges;
}

}  // namespace spineseg
