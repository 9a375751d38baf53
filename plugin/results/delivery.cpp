// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/delivery.h"

#include <nlohmann/json.hpp>
#include <set>

#include "plugin/log/journal.h"
#include "plugin/results/found_results.h"
#include "plugin/results/storing_notes.h"

namespace spineseg {
namespace {

std::string described(const Destination& destination) {
    return (destination.kind == Destination::Kind::modality ? "modality " : "DICOMweb server ") +
           destination.name;
}

}  // namespace

void Delivery::deliver(JobStore& store, const Job& job, const std::vector<ResultObject>& before) {
    if (plan_.superseded == SupersededPolicy::remove) remove_superseded(store, job, before);
    if (auto settled = copied_.settle(store, job, true); !settled)
        log_.error("job " + job.id + ": copies of results are not looked for: " + settled.error().describe());
    if (plan_.destinations.empty() || held_back(store, job)) return;
    for (const auto& destination : plan_.destinations) send(store, job, destination);
}

/// Only what an earlier job of this series was done with, as the database or the archive's own mark says it, and nothing that
/// this job has written again under the same UID.
Result<std::vector<Delivery::Superseded>> Delivery::superseded(JobStore& store, const Job& job,
                                                               const std::vector<ResultObject>& results,
                                                               const std::vector<ResultObject>& before) {
    JobFilter filter;
    filter.state = {JobState::done};
    filter.orthanc_series_id = job.orthanc_series_id;
    const auto jobs = store.jobs(filter);
    if (!jobs) return failure(jobs.error());
    std::set<std::string> kept;
    for (const auto& result : results) kept.insert(result.orthanc_instance_id);
    std::vector<Superseded> found;
    const auto take = [&](const std::string& id, const std::vector<ResultObject>& older) {
        for (const auto& result : older)
            if (!result.orthanc_instance_id.empty() && kept.insert(result.orthanc_instance_id).second)
                found.push_back({id, result});
    };
    take(job.id, before);
    for (const auto& older : *jobs)
        if (older.id != job.id) take(older.id, older.results);
    const auto marked = marked_results(archive_, job.orthanc_study_id, job.series_instance_uid, kept);
    if (!marked && marked.error().code != ErrorCode::not_found) return failure(marked.error());
    if (marked) take("", *marked);
    return found;
}

Result<void> Delivery::announce(JobStore& store, const Job& job, const std::vector<ResultObject>& results,
                                const std::vector<ResultObject>& before) {
    const auto older = plan_.superseded == SupersededPolicy::remove ? superseded(store, job, results, before)
                                                                    : Result<std::vector<Superseded>>();
    if (!older) return failure(older.error());
    std::vector<StoringNote> notes;
    for (const auto& one : *older)
        notes.push_back(
            {StoringNote::Kind::replaces, job.id, one.result.sop_instance_uid, job.orthanc_study_id});
    return StoringNotes(archive_, log_).announce_end(job.orthanc_study_id, results, notes);
}

void Delivery::remove_superseded(JobStore& store, const Job& job, const std::vector<ResultObject>& before) {
    const auto older = superseded(store, job, job.results, before);
    if (!older) {
        log_.error("older results of series " + job.orthanc_series_id +
                   " stay for now: " + older.error().describe());
        return;
    }
    for (const auto& one : *older) remove(store, job, one.job_id, one.result);
}

void Delivery::remove(JobStore& store, const Job& job, const std::string& older_id,
                      const ResultObject& result) {
    const auto removed = archive_.delete_instance(result.orthanc_instance_id);
    if (!removed && removed.error().code == ErrorCode::not_found) return;  // deleted before
    note(store, job, removed ? "deleted" : "not deleted", result.sop_instance_uid,
         removed ? "superseded result of " +
                       (older_id.empty() ? "a job that the database does not know" : "job " + older_id)
                 : removed.error().describe());
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
