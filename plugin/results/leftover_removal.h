// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Takes out of the archive what attempts brought in and did not finish (db/leftovers.h): the worker died, the job was
/// canceled, the source was deleted, another model took over. What a job lists as its result stays, and so does what
/// was in the archive before. Blocks on the database and on Orthanc: work thread.

#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"
#include "plugin/results/storing_notes.h"

namespace spineseg {

class LeftoverRemoval {
  public:
    LeftoverRemoval(Archive& archive, Log& log) : archive_(archive), log_(log), notes_(archive, log) {}

    /// Takes at most kAtOnce leftovers out and writes each into its job's journal. Then settles the notes of databases that
    /// were lost (plugin/results/storing_notes.h). Returns how many leftovers were settled. What fails is tried again at the next call.
    Result<int> sweep(JobStore& store);
    /// The same, but for what jobs replace.
    Result<int> sweep_stored(JobStore& store);
    /// Everything that stands in the way of a job that is about to store its first object.
    Result<void> make_way(JobStore& store, const Job& job);

  private:
    static constexpr int kAtOnce = 8;
    Result<int> settle_due(JobStore& store, const std::string& job_id);
    Result<void> settle(JobStore& store, const Leftover& leftover);
    Result<std::vector<std::string>> instances_of(const Leftover& leftover);

    Archive& archive_;
    Log& log_;
    StoringNotes notes_;
};

}  // namespace spineseg
