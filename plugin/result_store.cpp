// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_store.h"

#include <algorithm>
#include <set>

#include "core/result_difference.h"
#include "plugin/journal.h"

namespace spineseg {

Result<PlacedResult> ResultStore::place(JobStore& store, const Job& job, const wire::StoreResult& message) {
    const auto stored = archive_.store_instance(message.dicom);
    if (!stored) return failure(stored.error());
    auto checked = check_place(job, *stored);
    if (checked && stored->already_stored) checked = check_same(store, message, *stored);
    PlacedResult placed{message.object, stored->already_stored};
    placed.object.orthanc_instance_id = stored->instance_id;
    placed.object.orthanc_series_id = stored->series_id;
    // Where this fails, a person canceled between the question and the answer.
    if (checked) checked = store.add_result(message.job, message.epoch, placed.object);
    if (checked) return placed;
    undo(store, job, placed);
    return failure(checked.error());
}

/// The process that decodes foreign pixels must not be able to write into another patient's study.
Result<void> ResultStore::check_place(const Job& job, const StoredInstance& stored) {
    if (stored.study_id == job.orthanc_study_id && stored.series_id != job.orthanc_series_id) return {};
    return failure(ErrorCode::protocol_violation, "a result must be a new series in the study of its source");
}

/// The UID says that both are results of the same input; whether they are the same results only a look can
/// say. Another machine, or another build of a library, may have computed other values.
Result<void> ResultStore::check_same(JobStore& store, const wire::StoreResult& message,
                                     const StoredInstance& stored) {
    const auto archived = archive_.read_instance(stored.instance_id);
    if (!archived && archived.error().code == ErrorCode::not_found)
        return failure(ErrorCode::archive_unavailable, "the stored result is no longer in the archive");
    if (!archived) return failure(archived.error());
    const std::string& uid = message.object.sop_instance_uid;
    std::string where;
    if (*archived != message.dicom) {
        const auto difference = result_difference(message.dicom, *archived);
        if (!difference)
            where = "cannot be compared (" + difference.error().describe() + ")";
        else if (*difference)
            where = "differs in " + **difference;
    }
    if (where.empty()) {
        write_journal(store, log_,
                      {message.job, "already stored", uid, "equal but for the times of the analysis", {}});
        return {};
    }
    write_journal(store, log_, {message.job, "not stored", uid, "what the archive holds " + where, {}});
    return failure(ErrorCode::result_differs,
                   "the archive holds another object under the UID of this result, instance " +
                       stored.instance_id + ", which " + where +
                       "; it stays. To replace it, delete it in the archive and submit the job again");
}

void ResultStore::undo(JobStore& store, const Job& job, const PlacedResult& placed) {
    for (const auto& object : brought_in(store, job, {placed}))
        if (auto removed = archive_.delete_instance(object.orthanc_instance_id); !removed)
            log_.error("instance " + object.orthanc_instance_id +
                       " should not be in the archive: " + removed.error().describe());
}

std::vector<ResultObject> ResultStore::brought_in(JobStore& store, const Job& leased,
                                                  const std::vector<PlacedResult>& stored) {
    std::set<std::string> known;
    for (const auto& result : leased.results) known.insert(result.orthanc_instance_id);
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = leased.orthanc_series_id});
    if (!jobs) return {};  // what may be somebody's stays
    for (const auto& job : *jobs)
        for (const auto& result : job.results)
            if (job.id != leased.id) known.insert(result.orthanc_instance_id);
    std::vector<ResultObject> objects;
    for (const auto& placed : stored)
        if (!placed.already_stored && known.insert(placed.object.orthanc_instance_id).second)
            objects.push_back(placed.object);
    return objects;
}

std::vector<ResultObject> ResultStore::remaining(const std::vector<ResultObject>& recorded) {
    std::vector<ResultObject> there;
    for (const auto& result : recorded) {
        const auto series = archive_.series_of_instance(result.orthanc_instance_id);
        if (series || series.error().code != ErrorCode::not_found) there.push_back(result);
    }
    return there;
}

void ResultStore::take_out(JobStore& store, const std::string& job_id,
                           const std::vector<ResultObject>& objects, const std::string& why) {
    for (const auto& object : objects) {
        const auto removed = archive_.delete_instance(object.orthanc_instance_id);
        if (!removed && removed.error().code == ErrorCode::not_found) continue;
        write_journal(store, log_,
                      {job_id,
                       removed ? "deleted" : "not deleted",
                       object.sop_instance_uid,
                       removed ? why : removed.error().describe(),
                       {}});
    }
}

}  // namespace spineseg
