// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The one place where what a worker made enters the archive, and where it is taken out again. What may enter is
/// decided before (plugin/result_gate/result_gate.h). Nothing that was in the archive before is ever deleted. Blocks
/// on the database and on Orthanc: work thread.

#include <optional>
#include <string>
#include <vector>

#include "core/wire/messages.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"
#include "plugin/results/storing_notes.h"

namespace spineseg {

struct PlacedResult {
    ResultObject object;  ///< with Orthanc's ids
    bool already_stored = false;
};

class ResultStore {
  public:
    ResultStore(Archive& archive, Log& log) : archive_(archive), log_(log), notes_(archive, log) {}

    /// Stores the object of a live lease and records it as the job's. `held`: the archive holds an equal one
    /// already, and nothing is stored. The same holds where that is found out only now (the times of the
    /// analysis apart). result_differs: the archive holds another object under this UID, and keeps it. stale_lease: the
    /// job ended in between. not_found: the source is not in the archive, before or after the storing. With these
    /// errors the archive holds what it held before, or does once LeftoverRemoval has worked.
    /// invalid_configuration: Orthanc put it elsewhere than in a new series of the study; it is not deleted.
    Result<PlacedResult> place(JobStore& store, const Job& job, const wire::StoreResult& message,
                               const std::optional<StoredInstance>& held = std::nullopt);

    /// Of the results that the job had recorded, those that the archive still has.
    std::vector<ResultObject> remaining(const std::vector<ResultObject>& recorded);

  private:
    Result<bool> announce(JobStore& store, const Job& job, const wire::StoreResult& message);
    Error misplaced(JobStore& store, const wire::StoreResult& message, const StoredInstance& stored);
    Result<void> check_same(JobStore& store, const wire::StoreResult& message, const StoredInstance& stored,
                            bool known_to_be_equal);
    Result<void> check_source_is_there(const Job& job);
    void undo(const StoredInstance& stored);

    Archive& archive_;
    Log& log_;
    StoringNotes notes_;
};

}  // namespace spineseg
