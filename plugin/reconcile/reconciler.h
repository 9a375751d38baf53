// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Keeps the database's account of results true to the archive: a job is only "done" while its results are
/// there. Marks results that are missing and takes the mark back when they return; forgets the verdict of a
/// source that has gone without our noticing. Makes no result again by itself. Where a database was lost, results that
/// took the place of the missing ones are recorded. Work thread only.

#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/intake/intake.h"
#include "plugin/log/log.h"
#include "plugin/results/copied_results.h"

namespace spineseg {

class Reconciler {
  public:
    Reconciler(Archive& archive, Intake& intake, CopiedResults& copied, Log& log)
        : archive_(archive), intake_(intake), copied_(copied), log_(log) {}

    /// These instances or series were deleted from the archive.
    Result<void> left(JobStore& store, const std::vector<std::string>& orthanc_ids);
    /// A series became stable: results of a job that return, or a result of spineseg that no job stored.
    Result<void> came(JobStore& store, const std::string& orthanc_series_id);
    /// One more ended job of the round: its results and its source. What fails is passed over in this round.
    /// False when the round is over; the next call begins another.
    Result<bool> next(JobStore& store);
    /// The next call begins a round.
    void begin_again() { position_ = 0; }

  private:
    Result<void> check_results(JobStore& store, const Job& job);
    Result<void> check_copies(JobStore& store, const Job& job);
    Result<void> check_source(JobStore& store, const Job& job);

    Archive& archive_;
    Intake& intake_;
    CopiedResults& copied_;
    Log& log_;
    std::int64_t position_ = 0;
};

}  // namespace spineseg
