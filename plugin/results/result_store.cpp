// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/result_store.h"

#include "plugin/log/journal.h"
#include "plugin/result_gate/archive_identifiers.h"

namespace spineseg {

Result<PlacedResult> ResultStore::place(JobStore& store, const Job& job, const wire::StoreResult& message,
                                        const std::optional<StoredInstance>& held) {
    if (auto there = check_source_is_there(job); !there) return failure(there.error());
    const auto is_new = held ? Result<bool>(false) : announce(store, job, message);
    if (!is_new) return failure(is_new.error());
    const auto stored = held ? Result<StoredInstance>(*held) : archive_.store_instance(message.dicom);
    if (!stored) return failure(stored.error());
    if (stored->study_id != job.orthanc_study_id || stored->series_id == job.orthanc_series_id)
        return failure(misplaced(store, message, *stored));
    const bool brought_in = *is_new && !stored->already_stored;
    Result<void> checked;
    if (stored->already_stored) checked = check_same(store, message, *stored, held.has_value());
    if (brought_in) checked = archive_.verify_instance(stored->instance_id);
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

/// False: the archive holds something under this UID already. True: whatever happens from here on, what is stored and
/// is no result is found and taken out again, even if the database is lost.
Result<bool> ResultStore::announce(JobStore& store, const Job& job, const wire::StoreResult& message) {
    const std::string& uid = message.object.sop_instance_uid;
    const auto before = archive_.instances_of(uid);
    if (!before) return failure(before.error());
    if (!before->empty()) return false;
    auto announced = store.leftovers().announce(message.job, message.epoch, uid);
    if (announced)
        announced = notes_.add({{StoringNote::Kind::stores, message.job, uid, job.orthanc_study_id}});
    if (!announced) return failure(announced.error());
    return true;
}

Result<void> ResultStore::check_source_is_there(const Job& job) {
    const auto there = archive_.holds_series(job.orthanc_series_id);
    if (!there) return failure(there.error());
    if (*there) return {};
    return failure(ErrorCode::not_found, "the series was deleted from the archive");
}

/// The gate let the bytes pass. What Orthanc made of them is another matter: a plugin or a script may change what
/// it receives. It is not deleted, because nobody knows any more what it was before.
Error ResultStore::misplaced(JobStore& store, const wire::StoreResult& message,
                             const StoredInstance& stored) {
    const std::string what =
        "Orthanc stored a result as instance " + stored.instance_id +
        ", which is not in a new series of the study of its source: a plugin or a script "
        "of Orthanc changes what is stored";
    log_.error("job " + message.job + ": " + what);
    auto kept = notes_.drop(message.job, message.object.sop_instance_uid);
    if (kept) kept = store.leftovers().withdraw(message.job, message.object.sop_instance_uid);
    if (!kept) log_.error("job " + message.job + ": " + kept.error().describe());
    return {ErrorCode::invalid_configuration, what};
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
