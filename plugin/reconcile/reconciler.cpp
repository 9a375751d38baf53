// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/reconciler.h"

#include "plugin/results/missing_results.h"

namespace spineseg {

Result<void> Reconciler::left(JobStore& store, const std::vector<std::string>& orthanc_ids) {
    if (auto forgotten = store.results().forget_copied(orthanc_ids); !forgotten) return forgotten;
    const auto jobs = store.results().jobs_of(orthanc_ids);
    if (!jobs) return failure(jobs.error());
    for (const auto& job : *jobs)
        if (auto checked = check_results(store, job); !checked) return checked;
    return {};
}

Result<void> Reconciler::came(JobStore& store, const std::string& orthanc_series_id) {
    const auto jobs = store.results().jobs_of({orthanc_series_id});
    if (!jobs) return failure(jobs.error());
    for (const auto& job : *jobs)
        if (auto checked = check_results(store, job); !checked) return checked;
    if (!jobs->empty()) return {};
    const auto verdict = store.verdicts().of(orthanc_series_id);
    if (!verdict) return failure(verdict.error());
    if (!*verdict || !(*verdict)->reason.starts_with("own_result")) return {};
    const auto study = archive_.study_of_series(orthanc_series_id);
    if (!study && study.error().code == ErrorCode::not_found) return {};
    if (!study) return failure(study.error());
    const auto done = store.results().done_in_study(*study);
    if (!done) return failure(done.error());
    // Nothing is deleted here: what arrives after our results may be newer than they are.
    for (const auto& job : *done)
        if (auto settled = copied_.settle(store, job, false); !settled) return settled;
    return {};
}

Result<bool> Reconciler::next(JobStore& store) {
    const auto ended = store.results().next_ended(position_);
    if (!ended) return failure(ended.error());
    if (!*ended) {
        position_ = 0;
        return false;
    }
    position_ = (*ended)->number;
    const Job& job = (*ended)->job;
    if (auto checked = check_source(store, job); !checked) return failure(checked.error());
    if (auto checked = check_results(store, job); !checked) return failure(checked.error());
    if (auto checked = check_copies(store, job); !checked) return failure(checked.error());
    return true;
}

Result<void> Reconciler::check_source(JobStore& store, const Job& job) {
    const auto there = archive_.holds_series(job.orthanc_series_id);
    if (!there) return failure(there.error());
    return *there ? Result<void>() : intake_.forget(store, job.orthanc_series_id);
}

Result<void> Reconciler::check_results(JobStore& store, const Job& job) {
    if (job.results.empty()) return {};
    const auto missing = missing_results(archive_, job);
    if (!missing) return failure(missing.error());
    const auto changed = store.results().set_missing(job.id, *missing);
    if (!changed && changed.error().code == ErrorCode::not_found) return {};  // pruned meanwhile
    if (!changed) return failure(changed.error());
    if (!missing->empty())
        if (auto again = intake_.was_done_again(store, job); !again) return failure(again.error());
    if (*changed > 0)
        log_.info("job " + job.id + ": " + std::to_string(missing->size()) + " of " +
                  std::to_string(job.results.size()) + " results are not in the archive");
    return {};
}

Result<void> Reconciler::check_copies(JobStore& store, const Job& job) {
    const auto copied = store.results().copied(job.id);
    if (!copied) return failure(copied.error());
    std::vector<std::string> gone;
    for (const auto& one : *copied) {
        const auto there = archive_.holds_series(one.orthanc_series_id);
        if (!there) return failure(there.error());
        if (!*there) gone.push_back(one.orthanc_series_id);
    }
    return gone.empty() ? Result<void>() : store.results().forget_copied(gone);
}

}  // namespace spineseg
