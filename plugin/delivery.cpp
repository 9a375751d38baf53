// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/delivery.h"

#include <set>

namespace spineseg {
namespace {

std::string described(const Destination& destination) {
    return (destination.kind == Destination::Kind::modality ? "modality " : "DICOMweb server ") +
           destination.name;
}

}  // namespace

void Delivery::deliver(JobStore& store, const Job& job) {
    if (plan_.superseded == SupersededPolicy::remove) remove_superseded(store, job);
    if (auto settled = copied_.settle(store, job, true); !settled)
        log_.error("job " + job.id + ": copies of results are not looked for: " + settled.error().describe());
    for (const auto& destination : plan_.destinations) send(store, job, destination);
}

/// Only what an earlier job of this series recorded as its own result is ever deleted, and nothing that this
/// job has written again under the same UID.
void Delivery::remove_superseded(JobStore& store, const Job& job) {
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
    for (const auto& older : *jobs) {
        if (older.id == job.id) continue;
        for (const auto& result : older.results) {
            if (result.orthanc_instance_id.empty() || !kept.insert(result.orthanc_instance_id).second)
                continue;
            const auto removed = archive_.delete_instance(result.orthanc_instance_id);
            if (!removed && removed.error().code == ErrorCode::not_found) continue;  // deleted before
            note(store, job, removed ? "deleted" : "not deleted", result.sop_instance_uid,
                 removed ? "superseded result of job " + older.id : removed.error().describe());
        }
    }
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
    const std::string line = "job " + job.id + ": " + action + " " + subject + ": " + detail;
    if (action.starts_with("not "))
        log_.error(line);
    else
        log_.info(line);
    if (auto written = store.record({job.id, action, subject, detail, {}}); !written)
        log_.error("the journal: " + written.error().describe());
}

}  // namespace spineseg
