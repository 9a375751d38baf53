// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_store.h"

#include <algorithm>
#include <set>

#include "plugin/archive_identifiers.h"
#include "plugin/journal.h"

namespace spineseg {

Result<PlacedResult> ResultStore::place(JobStore& store, const Job& job, const wire::StoreResult& message,
                                        const std::optional<StoredInstance>& held) {
    const auto stored = held ? Result<StoredInstance>(*held) : archive_.store_instance(message.dicom);
    if (!stored) return failure(stored.error());
    if (auto checked = check_place(job, *stored); !checked) return failure(checked.error());
    if (stored->already_stored)
        if (auto same = check_same(store, message, *stored, held.has_value()); !same)
            return failure(same.error());
    PlacedResult placed{message.object, stored->already_stored};
    placed.object.orthanc_instance_id = stored->instance_id;
    placed.object.orthanc_series_id = stored->series_id;
    const auto recorded = store.add_result(message.job, message.epoch, placed.object);
    if (recorded) return placed;
    // A person canceled between the question and the answer.
    undo(store, job, placed);
    return failure(recorded.error());
}

/// The gate let the bytes pass. What Orthanc made of them is another matter: a plugin or a script may change what
/// it receives. It is not deleted, because nobody knows any more what it was before.
Result<void> ResultStore::check_place(const Job& job, const StoredInstance& stored) {
    if (stored.study_id == job.orthanc_study_id && stored.series_id != job.orthanc_series_id) return {};
    const std::string what =
        "Orthanc stored a result as instance " + stored.instance_id +
        ", which is not in a new series of the study of its source: a plugin or a script "
        "of Orthanc changes what is stored";
    log_.error("job " + job.id + ": " + what);
    return failure(ErrorCode::invalid_configuration, what);
}

/// The UID says that both are results of the same input; whether they are the same results only a look can
/// say. Another machine, or another build of a library, may have computed other values.
Result<void> ResultStore::check_same(JobStore& store, const wire::StoreResult& message,
                                     const StoredInstance& stored, bool known_to_be_equal) {
    const std::string& uid = message.object.sop_instance_uid;
    std::string difference;
    if (!known_to_be_equal) {
        const auto archived = archive_.read_instance(stored.instance_id);
        if (!archived && archived.error().code == ErrorCode::not_found)
            return failure(ErrorCode::archive_unavailable, "the stored result is no longer in the archive");
        if (!archived) return failure(archived.error());
        difference = difference_between(message.dicom, *archived);
    }
    if (difference.empty()) {
        write_journal(store, log_,
                      {message.job, "already stored", uid, "equal but for the times of the analysis", {}});
        return {};
    }
    write_journal(store, log_, {message.job, "not stored", uid, "what the archive holds " + difference, {}});
    return failure(other_object(stored.instance_id, difference));
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
