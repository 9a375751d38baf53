// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/shadow_granting.h"

#include <algorithm>
#include <utility>

namespace spineseg {
namespace {

/// Runs that one call may drop.
constexpr int kMostDroppedAtOnce = 16;
constexpr const char* kGone = "its series is no longer in the archive";
constexpr const char* kChanged = "its series has another content now";

bool is_there(const ResultObject& result) {
    return !result.missing && holds({OutputObject::segmentation}, result);
}

}  // namespace

Result<std::optional<GrantedShadow>> ShadowGranting::next(JobStore& store, const std::string& worker,
                                                          const KnownModel& model) {
    for (int dropped = 0; dropped < kMostDroppedAtOnce; ++dropped) {
        auto leased = store.shadow_runs().lease(worker, model.id, model.digest);
        if (!leased) return failure(leased.error());
        if (!leased->has_value()) return std::nullopt;
        auto job = granted(store, std::move(leased->value()));
        if (!job || job->has_value()) return job;
    }
    return std::nullopt;
}

/// nullopt: the run was dropped.
Result<std::optional<GrantedShadow>> ShadowGranting::granted(JobStore& store, ShadowRun run) {
    GrantedShadow granted{std::move(run), {}, {}, {}};
    const auto why = objection(store, granted.run, granted.shown);
    if (!why) return failure(why.error());
    if (*why) return dropped(store, granted.run, **why);
    const auto tags = archive_.series(granted.run.orthanc_series_id);
    if (!tags && tags.error().code == ErrorCode::not_found) return dropped(store, granted.run, kGone);
    if (!tags) {
        const auto back = shadows_.give_back(store, granted.run, tags.error().describe(), false);
        return failure(back ? tags.error() : back.error());
    }
    if (tags->fingerprint() != granted.shown.fingerprint) return dropped(store, granted.run, kChanged);
    for (const auto& instance : tags->instances) {
        granted.instances.push_back(instance.orthanc_id);
        granted.sources.push_back({instance.orthanc_id, instance.sop_instance_uid});
    }
    return granted;
}

Result<std::optional<GrantedShadow>> ShadowGranting::dropped(JobStore& store, const ShadowRun& run,
                                                             const std::string& why) {
    if (auto ended = shadows_.end(store, run, {ShadowState::dropped, why, {}}); !ended)
        return failure(ended.error());
    return std::nullopt;
}

Result<std::optional<std::string>> ShadowGranting::objection(JobStore& store, const ShadowRun& run,
                                                             Job& shown) {
    auto job = store.job(run.job_id);
    if (!job && job.error().code != ErrorCode::not_found) return failure(job.error());
    if (!job) return "the job is forgotten";
    if (job->state != JobState::done || job->epoch != run.job_epoch) return "the job ran again";
    if (std::none_of(job->results.begin(), job->results.end(), is_there))
        return "the job's Segmentation is no longer in the archive";
    shown = std::move(*job);
    return std::nullopt;
}

Result<void> ShadowGranting::check(JobStore& store, const GrantedShadow& granted) {
    const auto standing = store.shadow_runs().standing(granted.run.id, granted.run.epoch);
    if (!standing) return failure(standing.error());
    if (*standing == ShadowStanding::ended)
        return failure(ErrorCode::stale_lease, "the shadow run is no longer leased to this worker");
    Job shown;
    auto why = objection(store, granted.run, shown);
    if (!why) return failure(why.error());
    const auto present = archive_.fingerprint(granted.run.orthanc_series_id);
    if (!present && present.error().code != ErrorCode::not_found) return failure(present.error());
    if (!*why && !present) *why = kGone;
    if (!*why && *present != granted.shown.fingerprint) *why = kChanged;
    if (!*why) return {};
    if (auto ended = dropped(store, granted.run, **why); !ended) return failure(ended.error());
    return failure(ErrorCode::stale_lease, **why);
}

}  // namespace spineseg
