// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_store.h"

#include "core/result_difference.h"
#include "plugin/journal.h"

namespace spineseg {

Result<PlacedResult> ResultStore::place(JobStore& store, const Job& job, const wire::StoreResult& message) {
    if (auto there = check_source_is_there(job); !there) return failure(there.error());
    const std::string& uid = message.object.sop_instance_uid;
    const auto before = archive_.instances_of(uid);
    if (!before) return failure(before.error());
    // Whatever happens from here on, what is stored and is no result is found and taken out again.
    if (before->empty())
        if (auto announced = store.leftovers().announce(message.job, message.epoch, uid); !announced)
            return failure(announced.error());
    const auto stored = archive_.store_instance(message.dicom);
    if (!stored) return failure(stored.error());
    const bool brought_in = before->empty() && !stored->already_stored;
    auto checked = check_place(job, *stored);
    if (checked && stored->already_stored) checked = check_same(store, message, *stored);
    // Orthanc makes a study anew that was deleted while this object waited for Orthanc.
    if (checked) checked = check_source_is_there(job);
    PlacedResult placed{message.object, stored->already_stored};
    placed.object.orthanc_instance_id = stored->instance_id;
    placed.object.orthanc_series_id = stored->series_id;
    // Where this fails, a person canceled between the question and the answer.
    if (checked) checked = store.add_result(message.job, message.epoch, placed.object, brought_in);
    if (checked) return placed;
    if (brought_in) undo(*stored);
    return failure(checked.error());
}

Result<void> ResultStore::check_source_is_there(const Job& job) {
    const auto there = archive_.holds_series(job.orthanc_series_id);
    if (!there) return failure(there.error());
    if (*there) return {};
    return failure(ErrorCode::not_found, "the series was deleted from the archive");
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

void ResultStore::undo(const StoredInstance& stored) {
    if (auto removed = archive_.delete_instance(stored.instance_id); !removed)
        log_.error("instance " + stored.instance_id +
                   " should not be in the archive: " + removed.error().describe());
}

std::vector<ResultObject> ResultStore::remaining(const std::vector<ResultObject>& recorded) {
    std::vector<ResultObject> there;
    for (const auto& result : recorded) {
        const auto series = archive_.series_of_instance(result.orthanc_instance_id);
        if (series || series.error().code != ErrorCode::not_found) there.push_back(result);
    }
    return there;
}

}  // namespace spineseg
