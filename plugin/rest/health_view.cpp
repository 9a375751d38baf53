// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/health_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "plugin/intake/known_model.h"
#include "plugin/rest/queue_view.h"
#include "plugin/rest/worker_view.h"

namespace spineseg {
namespace {

using nlohmann::json;

json queued_json(const std::vector<QueuedModel>& queued, const WorkerRegistry& registry) {
    const auto now = std::chrono::steady_clock::now();
    json list = json::array();
    for (const auto& model : queued)
        list.push_back({{"Model", {{"ID", model.id}, {"Digest", model.digest}}},
                        {"Jobs", model.jobs},
                        // Jobs of no model are anybody's.
                        {"Served", model.digest.empty() || registry.serves(model.digest, now)}});
    return list;
}

/// Jobs wait for a model that no connected worker serves.
bool some_wait_for_nobody(const json& queued) {
    return std::any_of(queued.begin(), queued.end(),
                       [](const json& model) { return !model["Served"].get<bool>(); });
}

void show_what_is_open(JobStore& store, const WorkerRegistry& registry, json& view) {
    const auto model = known_model(store);
    if (model && !model->digest.empty()) view["Model"] = {{"ID", model->id}, {"Digest", model->digest}};
    if (const auto queued = store.queued_models()) view["QueuedFor"] = queued_json(*queued, registry);
}

}  // namespace

bool show_queue(const ReopeningStore& slot, const WorkerRegistry& registry, json& view) {
    const auto store = slot.for_routes();
    const auto counts = store ? (*store)->counts() : Result<QueueCounts>(failure(store.error()));
    // Reading may go on while writing fails.
    const auto fault = counts ? slot.fault() : std::optional(counts.error());
    view["Database"] = fault ? fault->describe() : "ok";
    view["Queue"] = counts ? counts_json(*counts) : json(nullptr);
    view["Model"] = nullptr;
    view["QueuedFor"] = json::array();
    if (store) show_what_is_open(**store, registry, view);
    const auto status = workers_status(registry.workers());
    const bool unserved = status == "ok" && some_wait_for_nobody(view["QueuedFor"]);
    view["Status"] = fault      ? std::string("database_unavailable")
                     : unserved ? std::string("model_not_served")
                                : std::string(status);
    return !fault;
}

}  // namespace spineseg
