// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which models are shadows (the setting ShadowModels), and what has come of their runs since the start. A worker of
/// such a model serves no job: it repeats jobs that are done, and its results are compared and dropped. Work thread,
/// but for counts().

#include <cstdint>
#include <string>
#include <vector>

#include "core/thread_annotations.h"
#include "db/job_store.h"
#include "plugin/intake/known_model.h"
#include "plugin/log/log.h"

namespace spineseg {

/// Since the plugin started. The figures of all runs are in the database (ShadowRuns::totals()).
struct ShadowCounts {
    std::uint64_t compared = 0;
    std::uint64_t rejected = 0;  ///< by the shadow model
    std::uint64_t failed = 0;
    std::uint64_t dropped = 0;
    std::uint64_t other_verdict = 0;  ///< of those that were compared or rejected
    double dice_sum = 0;              ///< mean Dice of those that were compared
    double shown_seconds_sum = 0;     ///< of those that were compared
    double shadow_seconds_sum = 0;    ///< likewise
};

class ShadowModels {
  public:
    /// `wanted`: names or digests.
    ShadowModels(Log& log, std::vector<std::string> wanted) : log_(log), wanted_(std::move(wanted)) {}

    bool is_shadow(const KnownModel& model) const;
    /// Its results are shown from now on: runs of the shadows wait. What fails is logged and changes nothing.
    void job_is_done(JobStore& store, const Job& job);
    /// Ends the run and counts it. As ShadowRuns::end().
    Result<void> end(JobStore& store, const ShadowRun& run, const ShadowEnd& end);

    /// The same for ShadowRuns::give_back().
    Result<void> give_back(JobStore& store, const ShadowRun& run, const std::string& why, bool counts);

    /// Any thread.
    ShadowCounts counts() const;

  private:
    void count(const ShadowEnd& end);

    Log& log_;
    const std::vector<std::string> wanted_;
    mutable Mutex mutex_;
    ShadowCounts counts_ GUARDED_BY(mutex_);
};

}  // namespace spineseg
