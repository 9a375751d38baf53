// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How things stand now: queue, workers, database, disk, webhooks. Read anew for every scrape. Any thread.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/reopening_store.h"
#include "plugin/webhooks/webhooks.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

/// A folder whose file system must not run full.
struct WatchedFolder {
    std::string name;  ///< "database", "storage": the label
    std::filesystem::path path;
};

/// What is shown; all outlive their reader.
struct StateSources {
    ReopeningStore& store;
    const WorkerRegistry& registry;
    const Webhooks& webhooks;
    std::vector<WatchedFolder> folders;
    std::string version;
    std::function<std::string()> archive_version;
    JobStore::Clock clock = JobStore::system_clock();
};

struct StateFigures {
    struct Disk {
        std::string folder;
        std::uintmax_t free = 0, size = 0;  ///< bytes
    };
    bool database_up = false;
    std::optional<QueueCounts> counts;  ///< absent: the database cannot be read
    double oldest_queued_seconds = 0;
    QueueMode mode = QueueMode::running;
    std::vector<ConnectedWorker> workers;
    std::vector<Disk> disks;
    std::vector<ShownWebhook> webhooks;
    Timestamp now{};
};

/// Waits for the database at most as long as a route does.
StateFigures read_state(const StateSources& sources);

/// `started`: the plugin. What is not known has no metric.
std::vector<prometheus::MetricFamily> state_families(const StateFigures& state, const StateSources& sources,
                                                     Timestamp started);

/// The same without labels, for Orthanc's own page of metrics: "spineseg_jobs_queued".
std::vector<std::pair<std::string, double>> plain_gauges(const StateFigures& state);

}  // namespace spineseg
