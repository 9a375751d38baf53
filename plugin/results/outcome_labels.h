// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How jobs ended, as labels of the source series and its study, so that lists of studies can be filtered by it:
/// spineseg-done, spineseg-review, spineseg-rejected. (Orthanc allows letters, digits, - and _ in a label.) A series has
/// the label of its last job, or none where that failed; a study has those of all its series. Blocks on Orthanc: work
/// thread. What fails is logged and changes nothing about the job.

#include <string>

#include "core/job.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"

namespace spineseg {

/// "pass", "review"; "unknown" where the worker said nothing of it.
std::string verdict_of(const Job& job);

class OutcomeLabels {
  public:
    OutcomeLabels(Archive& archive, Log& log) : archive_(archive), log_(log) {}

    /// `job` has ended.
    void show(const Job& job);

  private:
    Result<void> label_series(const Job& job);
    Result<void> label_study(const std::string& orthanc_study_id);

    Archive& archive_;
    Log& log_;
};

}  // namespace spineseg
