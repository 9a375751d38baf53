// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Results of spineseg that lie in the study of a job's source and that no job of this database stored.
/// Orthanc's /modify and /anonymize copy results together with their study; the copied source is segmented
/// as a series of its own, and two sets of results then stand in one study. What is found is kept beside the
/// job, shown over REST and written into the journal. Objects are only deleted where "Superseded" says
/// "Delete", and then only copies, never a result that came from elsewhere. Blocks on database and archive:
/// work thread.

#include "core/result_types.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"

namespace spineseg {

/// Whether spineseg wrote the series: by the manufacturer, which neither /modify nor /anonymize takes away, or by our
/// series description. Pure.
bool is_own_result(const ListedSeries& series);

class CopiedResults {
  public:
    CopiedResults(Archive& archive, Log& log, SupersededPolicy policy)
        : archive_(archive), log_(log), policy_(policy) {}

    /// Looks through the study. With `may_delete` the setting is followed; without, nothing is deleted.
    Result<void> settle(JobStore& store, const Job& job, bool may_delete);

  private:
    struct Found {
        CopiedResult result;
        std::vector<std::string> instances;
        bool is_copy = false;  ///< certainly a copy, and of a result of this very source
    };
    Result<std::vector<Found>> find(JobStore& store, const Job& job);
    Result<void> remove(JobStore& store, const Job& job, const Found& found);

    Archive& archive_;
    Log& log_;
    const SupersededPolicy policy_;
};

}  // namespace spineseg
