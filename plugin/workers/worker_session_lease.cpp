// SPDX-License-Identifier: GPL-3.0-or-later
// The lease that a WorkerSession holds: renewed, taken back, lost, handed back. The rest is in worker_session.cpp.
#include <algorithm>
#include <utility>

#include "plugin/workers/worker_session.h"

namespace spineseg {

/// Every message shows that the worker is there.
void WorkerSession::touch() {
    if (!greeted_) return;
    worker_.last_contact = context_.clock();
    worker_.heard = context_.steady();
    worker_.job = held_ ? held_->job.id : std::string();
    worker_.epoch = held_ ? held_->epoch : 0;
    if (held_) worker_.lease_until = held_->progress.renewed + context_.limits.lease;
    if (shadow_) shadow_->show(worker_);
    context_.registry.put(number_, worker_);
}

void WorkerSession::end(SessionEnd how) {
    context_.registry.remove(number_);
    if (shadow_) shadow_->end(how);
    if (!held_) return;
    const auto open = context_.store.get();
    if (!open) return;  // nobody holds the lease any more: WorkLoop ends it once there is a database
    JobStore& store = **open;
    const Held held = std::move(*held_);
    held_.reset();
    const auto ended =
        how == SessionEnd::shutdown
            ? store.release(held.job.id, held.epoch)
            : store.abandon(held.job.id, held.epoch,
                            Error{ErrorCode::worker_lost, "the connection to the worker ended"});
    if (ended) {
        context_.log.warning("job " + held.job.id + " returns to the queue: " +
                             (how == SessionEnd::shutdown ? "the plugin stops" : "its worker is gone"));
    } else if (ended.error().code != ErrorCode::stale_lease) {
        context_.log.error("job " + held.job.id + " could not be handed back: " + ended.error().describe());
    }
}

/// The lease ended under the worker: given to somebody else, canceled by a person, or of a database that is no more.
SessionReply WorkerSession::lost_lease(const Error& why) {
    const bool lost = why.code == ErrorCode::stale_lease || why.code == ErrorCode::not_found;
    if (!lost) return refused(why);
    held_.reset();
    return refused({ErrorCode::stale_lease, why.detail});
}

/// The lease is known to be this worker's; only its renewal cannot be written down yet.
SessionReply WorkerSession::without_database(const Error& why) {
    context_.log.warning("the lease of job " + held_->job.id + " is renewed in memory only: " + why.detail);
    held_->progress.renewed = context_.steady();
    return {wire::Ack{}, false};
}

/// Only a renewal may be answered by `cancel` (PROTOCOL.md).
SessionReply WorkerSession::not_renewed(JobStore& store, const Error& why) {
    const auto id = held_->job.id;
    auto reply = lost_lease(why);
    if (held_) return reply;
    const auto job = store.job(id);
    if (job && job->state == JobState::canceled) return {wire::Cancel{id}, false};
    return reply;
}

SessionReply WorkerSession::on(const wire::Renew& renew) {
    if (auto held = check_lease(renew.job, renew.epoch); !held) return refused(held.error());
    const auto store = context_.store.get();
    if (!store) return without_database(store.error());
    if (held_->progress.stalls(renew.counter, context_.steady(), context_.limits.stall))
        return take_back(**store, renew);
    Progress progress = renew.progress;
    progress.fraction = std::clamp(progress.fraction, 0.0, 1.0);
    const auto renewed = (*store)->renew(renew.job, renew.epoch, progress, context_.limits.lease);
    if (!renewed && renewed.error().code == ErrorCode::database_unavailable)
        return without_database(renewed.error());
    if (!renewed) return not_renewed(**store, renewed.error());
    held_->progress.renewed = context_.steady();
    return {wire::Ack{}, false};
}

SessionReply WorkerSession::take_back(JobStore& store, const wire::Renew& renew) {
    held_.reset();
    const Error why{ErrorCode::worker_lost,
                    "no progress for " + std::to_string(context_.limits.stall.count() / 1000) +
                        " s in stage " + std::string(to_string(renew.progress.stage))};
    context_.log.warning("job " + renew.job + " is taken back: " + why.detail);
    if (auto back = store.abandon(renew.job, renew.epoch, why); !back) return refused(back.error());
    return refused({ErrorCode::stale_lease, why.detail});
}

SessionReply WorkerSession::on(const wire::Release& release) {
    if (auto held = check_lease(release.job, release.epoch); !held) return refused(held.error());
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    const auto released = (*store)->release(release.job, release.epoch);
    if (!released) return lost_lease(released.error());
    held_.reset();
    return {wire::Ack{}, false};
}

}  // namespace spineseg
