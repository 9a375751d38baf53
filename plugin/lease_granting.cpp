// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/lease_granting.h"

#include <utility>

#include "plugin/known_model.h"

namespace spineseg {
namespace {

/// Jobs whose series has gone or changed that one call may put aside.
constexpr int kMaxPutAside = 16;
constexpr const char* kSuperseded = "superseded: its series has another content now";

}  // namespace

Result<std::optional<GrantedJob>> LeaseGranting::next(JobStore& store, const Applicant& applicant,
                                                      std::chrono::milliseconds duration) {
    for (int put_aside = 0; put_aside < kMaxPutAside; ++put_aside) {
        auto leased = lease(store, applicant, duration);
        if (!leased) return failure(leased.error());
        if (!leased->has_value()) return std::nullopt;
        auto job = granted(store, std::move(leased->value()));
        if (!job || job->has_value()) return job;
    }
    return std::nullopt;
}

/// A job of a model that nobody serves any more (its worker died after a newer one took over) is adopted here.
Result<std::optional<Lease>> LeaseGranting::lease(JobStore& store, const Applicant& applicant,
                                                  std::chrono::milliseconds duration) {
    auto lease = store.lease(applicant.worker, applicant.model_digest, duration);
    if (!lease || lease->has_value()) return lease;
    const auto counts = store.counts();
    if (!counts) return failure(counts.error());
    if (counts->queued == 0) return lease;
    const auto known = known_model(store);
    if (!known) return failure(known.error());
    if (known->digest != applicant.model_digest) return lease;
    const auto adopted = store.adopt_queued_jobs(known->id, known->digest);
    if (!adopted) return failure(adopted.error());
    return *adopted == 0 ? lease : store.lease(applicant.worker, applicant.model_digest, duration);
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
        const auto back = store.abandon(lease.job.id, lease.epoch, tags.error());
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
    if (auto canceled = cancel_superseded(store, job.id); !canceled) return canceled;
    // A series that is not stable yet is judged when it is.
    if (auto judged = intake_.consider(store, job.orthanc_series_id); !judged)
        log_.warning("series " + job.orthanc_series_id + " is not judged: " + judged.error().describe());
    return failure(ErrorCode::stale_lease, kSuperseded);
}

Result<void> LeaseGranting::cancel_superseded(JobStore& store, const std::string& job_id) {
    log_.info("job " + job_id + " is canceled: its series has another content now");
    const auto canceled = store.cancel(job_id, kSuperseded);
    if (!canceled) return failure(canceled.error());
    return {};
}

}  // namespace spineseg
