// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/worker_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "plugin/rest/job_view.h"

namespace spineseg {
namespace {

nlohmann::json text_or_null(const std::string& text) {
    return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

nlohmann::json self_test_json(const std::optional<SelfTestOutcome>& outcome) {
    if (!outcome) return nullptr;
    return {{"State", std::string(to_string(outcome->state))}, {"Detail", outcome->detail}};
}

nlohmann::json cage_json(const std::optional<CageState>& cage) {
    if (!cage) return nullptr;
    return {{"Whole", cage->whole}, {"Detail", cage->detail}};
}

}  // namespace

nlohmann::json workers_json(const std::vector<ConnectedWorker>& workers) {
    nlohmann::json view = nlohmann::json::array();
    for (const auto& worker : workers) {
        view.push_back({{"Name", worker.name},
                        {"Version", worker.version},
                        {"Model", {{"ID", worker.model_id}, {"Digest", worker.model_digest}}},
                        {"Device", text_or_null(worker.device)},
                        {"Precision", text_or_null(worker.precision)},
                        {"SelfTest", self_test_json(worker.self_test)},
                        {"Cage", cage_json(worker.cage)},
                        {"Job", text_or_null(worker.shadow ? "" : worker.job)},
                        {"Shadow", worker.shadow},
                        {"ShadowRun", text_or_null(worker.shadow ? worker.job : "")},
                        {"Connected", iso8601(worker.connected)},
                        {"LastContact", iso8601(worker.last_contact)}});
    }
    return view;
}

std::string_view workers_status(const std::vector<ConnectedWorker>& workers) {
    const auto serves = [](const ConnectedWorker& worker) { return !worker.shadow; };
    if (std::none_of(workers.begin(), workers.end(), serves)) return "no_worker";
    const bool all_failed = std::all_of(workers.begin(), workers.end(), [](const ConnectedWorker& worker) {
        return worker.shadow || (worker.self_test && worker.self_test->state == SelfTestState::failed);
    });
    return all_failed ? "self_test_failed" : "ok";
}

}  // namespace spineseg
