// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/shadow_session.h"

#include <utility>

#include "core/quality_verdict.h"
#include "plugin/shadow/shadow_models.h"
#include "plugin/workers/reported_outcome.h"

namespace spineseg {
namespace {

constexpr std::size_t kMostShadowResults = 64;

SessionReply refused_with(Error error) {
    return {wire::Refused{std::move(error)}};
}

Job ordered_of(const Job& shown, const KnownModel& model) {
    Job order = shown;
    order.model_id = model.id;
    order.model_digest = model.digest;
    order.results.clear();
    return order;
}

/// A fault of database or archive, or one that another attempt may heal.
bool may_heal(ErrorCode code) {
    return fate_of(code) == JobFate::retry || code == ErrorCode::database_unavailable;
}

}  // namespace

ShadowSession::ShadowSession(const SessionContext& context, std::string worker, KnownModel model)
    : context_(context),
      shadows_(*context.shadows),
      granting_(context.archive, shadows_),
      worker_(std::move(worker)),
      model_(std::move(model)) {}

void ShadowSession::show(ConnectedWorker& worker) const {
    worker.job = held_ ? held_->granted.run.id : std::string();
    worker.epoch = held_ ? held_->granted.run.epoch : 0;
    if (held_) worker.lease_until = held_->progress.renewed + context_.limits.lease;
}

SessionReply ShadowSession::lease() {
    if (held_)
        return {wire::Refused{{ErrorCode::protocol_violation, "this worker holds a lease already"}}, true};
    const auto store = context_.store.get();
    if (!store) return refused_with(store.error());
    const SessionReply nothing{wire::NoWork{context_.limits.poll.count()}};
    if (context_.intake.waits_for_memory()) return nothing;
    auto granted = granting_.next(**store, worker_, model_);
    if (!granted) return refused_with(granted.error());
    if (!granted->has_value()) return nothing;
    GrantedShadow& job = granted->value();
    const auto& limits = context_.limits;
    ResultOrder results{limits.outputs, limits.keep_rejected, std::move(job.sources)};
    Job order = ordered_of(job.shown, model_);
    wire::LeaseGranted lease{job.run.id,
                             job.run.epoch,
                             limits.lease.count(),
                             order.series_instance_uid,
                             order.fingerprint,
                             order.request,
                             job.instances,
                             limits.outputs,
                             context_.intake.rules().images,
                             limits.keep_rejected};
    held_.emplace(
        Held{std::move(job), std::move(order), std::move(results), LeaseProgress(context_.steady())});
    return {std::move(lease)};
}

Result<void> ShadowSession::check_lease(const std::string& run, std::int64_t epoch) const {
    if (held_ && held_->granted.run.id == run && held_->granted.run.epoch == epoch) return {};
    return failure(ErrorCode::stale_lease, "this connection holds no lease of that run and epoch");
}

SessionReply ShadowSession::lost_lease(const Error& why) {
    if (why.code == ErrorCode::stale_lease) held_.reset();
    return refused_with(why);
}

SessionReply ShadowSession::on(const wire::FetchInstance& fetch) {
    if (auto held = check_lease(fetch.job, fetch.epoch); !held) return refused_with(held.error());
    return fetched_instance(context_.archive, held_->granted.instances, fetch,
                            context_.limits.max_instance_bytes);
}

/// The lease is kept in memory; the database only says whether the run is still wanted.
SessionReply ShadowSession::on(const wire::Renew& renew) {
    if (auto held = check_lease(renew.job, renew.epoch); !held) return refused_with(held.error());
    const auto now = context_.steady();
    const bool stalls = held_->progress.stalls(renew.counter, now, context_.limits.stall);
    const auto store = context_.store.get();
    const auto standing = store ? (*store)->shadow_runs().standing(renew.job, renew.epoch)
                                : Result<ShadowStanding>(failure(store.error()));
    if (standing && *standing == ShadowStanding::ended)
        return lost_lease({ErrorCode::stale_lease, "the shadow run is no longer leased to this worker"});
    if (standing && *standing == ShadowStanding::outdated) {
        const auto reply = ended(**store, {ShadowState::dropped, "the job ran again", {}});
        return std::holds_alternative<wire::Ack>(reply.message) ? SessionReply{wire::Cancel{renew.job}}
                                                                : reply;
    }
    if (standing && stalls) {
        const std::string why =
            "no progress for " + std::to_string(context_.limits.stall.count() / 1000) + " s";
        const auto reply = given_back(**store, why, true);
        return std::holds_alternative<wire::Ack>(reply.message) ? refused_with({ErrorCode::stale_lease, why})
                                                                : reply;
    }
    held_->progress.renewed = now;
    return {wire::Ack{}};
}

SessionReply ShadowSession::on(const wire::StoreResult& message) {
    if (auto held = check_lease(message.job, message.epoch); !held) return refused_with(held.error());
    if (held_->sent >= kMostShadowResults)
        return {wire::Refused{{ErrorCode::protocol_violation, "too many results for one run"}}, true};
    const auto store = context_.store.get();
    if (!store) return refused_with(store.error());
    if (held_->sent == 0)
        if (auto still = granting_.check(**store, held_->granted); !still) return lost_lease(still.error());
    const auto admitted = context_.gate->admit(**store, held_->order, held_->results, message);
    // That the archive holds another object under its UID does not matter: it stays.
    if (!admitted && admitted.error().code != ErrorCode::result_differs)
        return not_admitted(**store, admitted.error());
    return kept(**store, message);
}

SessionReply ShadowSession::not_admitted(JobStore& store, const Error& why) {
    if (why.code != ErrorCode::protocol_violation) return refused_with(why);
    ended(store, {ShadowState::failed, "a result was refused: " + why.detail, {}});
    return {wire::Refused{why}, true};
}

SessionReply ShadowSession::kept(JobStore& store, const wire::StoreResult& message) {
    context_.gate->placed(held_->results, message);
    ++held_->sent;
    if (holds({OutputObject::segmentation}, message.object)) {
        held_->bytes += message.dicom.size();
        if (held_->bytes > kMostComparedBytes) {
            const Error why{ErrorCode::invalid_argument, "the Segmentations are too large to be compared"};
            ended(store, {ShadowState::failed, why.detail, {}});
            return refused_with({ErrorCode::stale_lease, why.detail});
        }
        held_->product.segmentations.push_back(message.dicom);
    }
    return {wire::Stored{message.object, false}};
}

SessionReply ShadowSession::on(const wire::Complete& complete) {
    if (auto held = check_lease(complete.job, complete.epoch); !held) return refused_with(held.error());
    if (auto checked = check_outcome(complete.outcome, held_->sent); !checked)
        return refused_with(checked.error());
    const bool done = complete.outcome.state == JobState::done;
    if (const auto missing = context_.gate->missing(held_->results); done && !missing.empty())
        return refused_with({ErrorCode::invalid_argument, "done, but not everything was sent: " + missing});
    const auto store = context_.store.get();
    if (!store) return refused_with(store.error());
    if (auto still = granting_.check(**store, held_->granted); !still) return lost_lease(still.error());
    const Outcome outcome = bounded_outcome(complete.outcome);
    held_->product.summary_json = outcome.summary_json;
    held_->product.seconds =
        std::chrono::duration<double>(context_.clock() - *held_->granted.run.started).count();
    const auto fate = done ? JobFate::reject : fate_of(outcome.error->code);
    if (done || (fate == JobFate::reject && !held_->product.segmentations.empty())) return compared(**store);
    if (may_heal(outcome.error->code)) return given_back(**store, outcome.error->describe(), true);
    ShadowFigures figures = compared_summaries(held_->granted.shown, held_->product);
    const bool rejected = fate == JobFate::reject;
    if (rejected) figures.shadow_verdict = to_string(QualityVerdict::reject);
    return ended(**store, {rejected ? ShadowState::rejected : ShadowState::failed, outcome.error->describe(),
                           std::move(figures)});
}

SessionReply ShadowSession::compared(JobStore& store) {
    const auto figures = compare_results(context_.archive, held_->granted.shown, held_->product);
    if (!figures) return not_compared(store, figures.error());
    return ended(store, {ShadowState::compared, described(*figures), *figures});
}

SessionReply ShadowSession::not_compared(JobStore& store, const Error& why) {
    if (may_heal(why.code)) return given_back(store, why.describe(), true);
    const bool gone = why.code == ErrorCode::not_found;
    return ended(store, {gone ? ShadowState::dropped : ShadowState::failed, why.detail,
                         compared_summaries(held_->granted.shown, held_->product)});
}

SessionReply ShadowSession::ended(JobStore& store, const ShadowEnd& end) {
    if (auto written = shadows_.end(store, held_->granted.run, end); !written)
        return lost_lease(written.error());
    held_.reset();
    return {wire::Ack{}};
}

SessionReply ShadowSession::given_back(JobStore& store, const std::string& why, bool counts) {
    if (auto back = shadows_.give_back(store, held_->granted.run, why, counts); !back)
        return lost_lease(back.error());
    held_.reset();
    return {wire::Ack{}};
}

SessionReply ShadowSession::on(const wire::Release& release) {
    if (auto held = check_lease(release.job, release.epoch); !held) return refused_with(held.error());
    const auto store = context_.store.get();
    if (!store) return refused_with(store.error());
    return given_back(**store, "its worker gave it back", false);
}

/// Without a database the run is given back once there is one (WorkLoop).
void ShadowSession::end(SessionEnd how) {
    if (!held_) return;
    const bool stops = how == SessionEnd::shutdown;
    if (const auto store = context_.store.get())
        given_back(**store, stops ? "the plugin stops" : "the connection to the worker ended", !stops);
    held_.reset();
}

}  // namespace spineseg
