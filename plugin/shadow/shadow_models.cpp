// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/shadow_models.h"

#include <algorithm>

namespace spineseg {

bool ShadowModels::is_shadow(const KnownModel& model) const {
    return std::any_of(wanted_.begin(), wanted_.end(),
                       [&](const std::string& one) { return one == model.id || one == model.digest; });
}

void ShadowModels::job_is_done(JobStore& store, const Job& job) {
    if (wanted_.empty()) return;
    const auto dropped = store.shadow_runs().add(job, wanted_);
    if (!dropped) {
        log_.warning("job " + job.id + " is not repeated by a shadow model: " + dropped.error().describe());
        return;
    }
    const MutexLock lock(mutex_);
    counts_.dropped += static_cast<std::uint64_t>(*dropped);
}

Result<void> ShadowModels::end(JobStore& store, const ShadowRun& run, const ShadowEnd& end) {
    if (auto ended = store.shadow_runs().end(run.id, run.epoch, end); !ended) return ended;
    log_.info("the shadow run of job " + run.job_id + " is " + std::string(to_string(end.state)) + ": " +
              end.reason);
    count(end);
    return {};
}

Result<void> ShadowModels::give_back(JobStore& store, const ShadowRun& run, const std::string& why,
                                     bool counts) {
    const auto state = store.shadow_runs().give_back(run.id, run.epoch, why, counts);
    if (!state) return failure(state.error());
    log_.warning("the shadow run of job " + run.job_id + " is " + std::string(to_string(*state)) + ": " +
                 why);
    if (*state == ShadowState::failed) count({ShadowState::failed, why, {}});
    return {};
}

void ShadowModels::count(const ShadowEnd& end) {
    const auto& figures = end.figures;
    const MutexLock lock(mutex_);
    counts_.compared += end.state == ShadowState::compared ? 1 : 0;
    counts_.rejected += end.state == ShadowState::rejected ? 1 : 0;
    counts_.failed += end.state == ShadowState::failed ? 1 : 0;
    counts_.dropped += end.state == ShadowState::dropped ? 1 : 0;
    if (end.state != ShadowState::compared && end.state != ShadowState::rejected) return;
    counts_.other_verdict += figures.shown_verdict == figures.shadow_verdict ? 0 : 1;
    if (end.state != ShadowState::compared) return;
    counts_.dice_sum += figures.mean_dice.value_or(0.0);
    counts_.shown_seconds_sum += figures.shown_seconds.value_or(0.0);
    counts_.shadow_seconds_sum += figures.shadow_seconds.value_or(0.0);
}

ShadowCounts ShadowModels::counts() const {
    const MutexLock lock(mutex_);
    return counts_;
}

}  // namespace spineseg
