// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/leftover_removal.h"

#include "plugin/log/journal.h"

namespace spineseg {

Result<int> LeftoverRemoval::sweep(JobStore& store) {
    const auto settled = settle_due(store, "");
    if (!settled) return settled;
    if (auto noted = notes_.settle(store); !noted) return failure(noted.error());
    return settled;
}

Result<int> LeftoverRemoval::sweep_stored(JobStore& store) {
    const auto settled = settle_due(store, "");
    if (!settled) return settled;
    if (auto noted = notes_.settle_stored(store); !noted) return failure(noted.error());
    return settled;
}

Result<void> LeftoverRemoval::make_way(JobStore& store, const Job& job) {
    for (int settled = kAtOnce; settled == kAtOnce;) {
        const auto some = settle_due(store, job.id);
        if (!some) return failure(some.error());
        settled = *some;
    }
    return notes_.settle(store, job.orthanc_study_id);
}

Result<int> LeftoverRemoval::settle_due(JobStore& store, const std::string& job_id) {
    const auto due = store.leftovers().due(kAtOnce, job_id);
    if (!due) return failure(due.error());
    for (const auto& leftover : *due)
        if (auto settled = settle(store, leftover); !settled) return failure(settled.error());
    return static_cast<int>(due->size());
}

Result<std::vector<std::string>> LeftoverRemoval::instances_of(const Leftover& leftover) {
    if (!leftover.orthanc_instance_id.empty()) return std::vector<std::string>{leftover.orthanc_instance_id};
    return archive_.instances_of(leftover.sop_instance_uid);
}

Result<void> LeftoverRemoval::settle(JobStore& store, const Leftover& leftover) {
    const auto instances = instances_of(leftover);
    if (!instances) return failure(instances.error());
    for (const auto& instance : *instances) {
        const auto is_a_result = store.leftovers().is_a_result(instance);
        if (!is_a_result) return failure(is_a_result.error());
        if (*is_a_result) continue;
        const auto removed = archive_.delete_instance(instance);
        if (!removed && removed.error().code == ErrorCode::not_found) continue;
        if (!removed) return failure(removed.error());
        write_journal(store, log_,
                      {leftover.job_id,
                       "deleted",
                       leftover.sop_instance_uid,
                       "of an attempt that did not end as done",
                       {}});
    }
    return store.leftovers().forget(leftover);
}

}  // namespace spineseg
