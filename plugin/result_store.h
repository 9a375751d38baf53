// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The one place where what a worker made enters the archive, and where it is taken out again: every check of
/// a result stands here. Nothing that was in the archive before is ever deleted. Blocks on the database and
/// on Orthanc: work thread.

#include <string>
#include <vector>

#include "core/wire/messages.h"
#include "db/job_store.h"
#include "plugin/archive.h"
#include "plugin/log.h"

namespace spineseg {

struct PlacedResult {
    ResultObject object;  ///< with Orthanc's ids
    bool already_stored = false;
};

class ResultStore {
  public:
    ResultStore(Archive& archive, Log& log) : archive_(archive), log_(log) {}

    /// Stores the object of a live lease and records it as the job's. The same object in the archive (the
    /// times of the analysis apart) is success. protocol_violation: not a new series in the study of its
    /// source. result_differs: the archive holds another object under this UID, and keeps it. stale_lease: the
    /// job ended in between. not_found: the source is not in the archive, before or after the storing. Whatever
    /// the error, the archive holds what it held before, or does once LeftoverRemoval has worked.
    Result<PlacedResult> place(JobStore& store, const Job& job, const wire::StoreResult& message);

    /// Of the results that the job had recorded, those that the archive still has.
    std::vector<ResultObject> remaining(const std::vector<ResultObject>& recorded);

  private:
    Result<void> check_place(const Job& job, const StoredInstance& stored);
    Result<void> check_same(JobStore& store, const wire::StoreResult& message, const StoredInstance& stored);
    Result<void> check_source_is_there(const Job& job);
    void undo(const StoredInstance& stored);

    Archive& archive_;
    Log& log_;
};

}  // namespace spineseg
