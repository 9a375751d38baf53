// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/delivery.h"

#include <nlohmann/json.hpp>
#include <set>

#include "plugin/journal.h"

namespace spineseg {
namespace {

std::string described(const Destination& destination) {
    return (destination.kind == Destination::Kind::modality ? "modality " : "DICOMweb server ") +
           destination.name;
}

/// "pass", "review"; "unknown" where the worker said nothing of it.
std::string verdict_of(const Job& job) {
    const auto summary = nlohmann::json::parse(job.summary_json, nullptr, false);
    const auto verdict = nlohmann::json::json_pointer("/quality/verdict");
    if (!summary.is_object() || !summary.contains(verdict) || !summary[verdict].is_string()) return "unknown";
    return summary[verdict].get<std::string>();
}

}  // namespace

void Delivery::deliver(JobStore& store, const Job& job, const std::vector<ResultObject>& before) {
    if (plan_.superseded == SupersededPolicy::remove) remove_superseded(store, job, before);
    if (auto settled = copied_.settle(store, job, true); !settled)
        log_.error("job " + job.id + ": copies of results are not looked for: " + settled.error().describe());
    if (plan_.destinations.empty() || held_back(store, job)) return;
    for (const auto& destination : plan_.destinations) send(store, job, destination);
}

/// Only what an earlier job of this series recorded as its own result is ever deleted, and nothing that this
/// job has written again under the same UID.
void Delivery::remove_superseded(JobStore& store, const Job& job, const std::vector<ResultObject>& before) {
    JobFilter filter;
    filter.state = JobState::done;
    filter.orthanc_series_id = job.orthanc_series_id;
    const auto jobs = store.jobs(filter);
    if (!jobs) {
        log_.error("older results of series " + job.orthanc_series_id + " stay: " + jobs.error().describe());
        return;
    }
    std::set<std::string> kept;
    for (const auto& result : job.results) kept.insert(result.orthanc_instance_id);
    const auto superseded = [&](const ResultObject& result) {
        return !result.orthanc_instance_id.empty() && kept.insert(result.orthanc_instance_id).second;
    };
    for (const auto& result : before)
        if (superseded(result)) remove(store, job, job.id, result);
    for (const auto& older : *jobs) {
        if (older.id == job.id) continue;
        for (const auto& result : older.results)
            if (superseded(result)) remove(store, job, older.id, result);
    }
}

void Delivery::remove(JobStore& store, const Job& job, const std::string& older_id,
                      const ResultObject& result) {
    const auto removed = archive_.delete_instance(result.orthanc_instance_id);
    if (!removed && removed.error().code == ErrorCode::not_found) return;  // deleted before
    note(store, job, removed ? "deleted" : "not deleted", result.sop_instance_uid,
         removed ? "superseded result of job " + older_id : removed.error().describe());
}

bool Delivery::held_back(JobStore& store, const Job& job) {
    const auto verdict = verdict_of(job);
    if (plan_.send_review || verdict == "pass") return false;
    note(store, job, "held back", "results",
         "SendReview is false and the quality verdict is " + verdict + ": nothing is sent on");
    return true;
}

void Delivery::send(JobStore& store, const Job& job, const Destination& destination) {
    std::vector<std::string> instances;
    for (const auto& result : job.results)
        if (holds(destination.objects, result)) instances.push_back(result.orthanc_instance_id);
    if (instances.empty()) return;
    const auto sent = archive_.forward(destination, instances);
    note(store, job, sent ? "sent" : "not sent", described(destination),
         sent ? std::to_string(instances.size()) + " instance(s), Orthanc's job " + *sent
              : sent.error().describe());
}

void Delivery::note(JobStore& store, const Job& job, const std::string& action, const std::string& subject,
                    const std::string& detail) {
    write_journal(store, log_, {job.id, action, subject, detail, {}});
}

}  // namespace spineseg
