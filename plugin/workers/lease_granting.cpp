// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/lease_granting.h"

#include <utility>

#include "plugin/intake/known_model.h"

namespace spineseg {
namespace {

/// Jobs whose series has gone or changed that one call may put aside.
constexpr int kMaxPutAside = 16;
constexpr const char* kSuperseded = "superseded: its series has another content now";

}  // namespace

Result<std::optional<GrantedJob>> LeaseGranting::next(JobStore& store, const Applicant& applicant,
                                                      std::chrono::milliseconds duration) {
    if (intake_.waits_for_memory()) return std::nullopt;
    for (int put_aside = 0; put_aside < kMaxPutAside; ++put_aside) {
        auto leased = lease(store, applicant, duration);
        if (!leased) return failure(leased.error());
        if (!leased->has_value()) return std::nullopt;
        auto job = granted(store, std::move(leased->value()));
        if (!job || job->has_value()) return job;
    }
    return std::nullopt;
}

Result<std::optional<Lease>> LeaseGranting::lease(JobStore& store, const Applicant& applicant,
                                                  std::chrono::milliseconds duration) {
    const auto granted = [&] {
        return store.lease(applicant.worker, applicant.model_digest, duration, applicant.runs_with);
    };
    auto lease = granted();
    if (!lease || lease->has_value()) return lease;
    const auto adopted = adopt_unserved(store, applicant);
    if (!adopted) return failure(adopted.error());
    return *adopted == 0 ? lease : granted();
}

/// Jobs of models that no connected worker serves become the applicant's, and new jobs as well: a model that was tried
/// and went away again must not keep the queue.
Result<int> LeaseGranting::adopt_unserved(JobStore& store, const Applicant& applicant) {
    const auto queued = store.queued_models();
    if (!queued) return failure(queued.error());
    int adopted = 0;
    for (const auto& model : *queued) {
        if (model.digest == applicant.model_digest || registry_.serves(model.digest, applicant.now)) continue;
        const auto taken = store.adopt_queued_jobs(applicant.model_id, applicant.model_digest, model.digest);
        if (!taken) return failure(taken.error());
        adopted += *taken;
    }
    if (adopted == 0) return 0;
    log_.info(std::to_string(adopted) + " job(s) of models that no worker serves are now asked of " +
              applicant.model_id);
    const auto known = known_model(store);
    if (!known) return failure(known.error());
    if (registry_.serves(known->digest, applicant.now)) return adopted;
    if (auto set = set_known_model(store, {applicant.model_id, applicant.model_digest}); !set)
        return failure(set.error());
    return adopted;
}

/// nullopt when the series is not what the job was made for, and the job has been put aside.
Result<std::optional<GrantedJob>> LeaseGranting::granted(JobStore& store, Lease lease) {
    const auto& series_id = lease.job.orthanc_series_id;
    const auto tags = archive_.series(series_id);
    if (!tags && tags.error().code == ErrorCode::not_found) {
        Outcome gone;
        gone.state = JobState::failed;
        gone.error = Error{ErrorCode::not_found, "the series is no longer in the archive"};
        const auto ended = store.complete(lease.job.id, lease.epoch, gone);
        if (!ended) return failure(ended.error());
        return std::nullopt;
    }
    if (!tags) {
        const auto back = store.interrupt(lease.job.id, lease.epoch, tags.error());
        if (!back) return failure(back.error());
        return failure(tags.error());
    }
    if (auto renewed = intake_.renew_fingerprint(store, *tags); !renewed) return failure(renewed.error());
    const auto job = store.job(lease.job.id);
    if (!job && job.error().code != ErrorCode::not_found) return failure(job.error());
    const auto present = tags->fingerprint();
    if (!job || job->fingerprint != present) {
        if (auto canceled = cancel_superseded(store, lease.job.id); !canceled)
            return failure(canceled.error());
        if (auto judged = intake_.consider(store, series_id); !judged) return failure(judged.error());
        return std::nullopt;
    }
    const auto done = intake_.was_done_meanwhile(store, *tags, *job);
    if (!done) return failure(done.error());
    if (*done) return std::nullopt;
    GrantedJob granted{std::move(lease.job), lease.epoch, {}, {}};
    granted.job.fingerprint = present;
    for (const auto& instance : tags->instances) {
        granted.instances.push_back(instance.orthanc_id);
        granted.sources.push_back({instance.orthanc_id, instance.sop_instance_uid});
    }
    return granted;
}

Result<void> LeaseGranting::check_source(JobStore& store, const Job& job) {
    const auto present = archive_.fingerprint(job.orthanc_series_id);
    if (!present && present.error().code != ErrorCode::not_found) return failure(present.error());
    if (present && *present == job.fingerprint) return {};
    if (!present) return source_is_gone(store, job);
    if (auto canceled = cancel_superseded(store, job.id); !canceled) return canceled;
    // A series that is not stable yet is judged when it is.
    if (auto judged = intake_.consider(store, job.orthanc_series_id); !judged)
        log_.warning("series " + job.orthanc_series_id + " is not judged: " + judged.error().describe());
    return failure(ErrorCode::stale_lease, kSuperseded);
}

Result<void> LeaseGranting::source_is_gone(JobStore& store, const Job& job) {
    const auto there = archive_.holds_series(job.orthanc_series_id);
    if (!there) return failure(there.error());
    if (!*there)
        if (auto forgotten = intake_.forget(store, job.orthanc_series_id); !forgotten) return forgotten;
    return failure(ErrorCode::stale_lease, "its series was deleted from the archive");
}

Result<void> LeaseGranting::cancel_superseded(JobStore& store, const std::string& job_id) {
    log_.info("job " + job_id + " is canceled: its series has another content now");
    const auto canceled = store.cancel(job_id, kSuperseded);
    if (!canceled) return failure(canceled.error());
    return {};
}

}  // namespace spineseg
