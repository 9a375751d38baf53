// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/worker_session.h"

#include <algorithm>
#include <utility>

#include "plugin/intake/known_model.h"
#include "plugin/results/result_refusal.h"
#include "plugin/workers/reported_outcome.h"

namespace spineseg {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxResults = 64;

SessionReply refused_and_close(ErrorCode code, const std::string& detail) {
    return {wire::Refused{Error{code, detail}}, true};
}

}  // namespace

WorkerSession::WorkerSession(SessionContext context, std::uint64_t number)
    : context_(std::move(context)),
      granting_(context_.archive, context_.intake, context_.registry, context_.log),
      results_(context_.archive, context_.log),
      leftovers_(context_.archive, context_.log),
      strict_gate_(context_.archive),
      number_(number) {
    if (context_.gate == nullptr) context_.gate = &strict_gate_;
    if (context_.models == nullptr) context_.models = &unnamed_models_;
}

SessionReply WorkerSession::refused(Error error) {
    return {wire::Refused{std::move(error)}, false};
}

SessionReply WorkerSession::handle(const wire::Message& message) {
    if (!greeted_ && !std::holds_alternative<wire::Hello>(message))
        return refused_and_close(ErrorCode::protocol_violation, "the first message must be hello");
    auto reply = std::visit([this](const auto& m) { return on(m); }, message);
    touch();
    reply.holds_lease = held_.has_value();
    return reply;
}

void WorkerSession::touch() {
    if (!greeted_) return;
    worker_.last_contact = context_.clock();
    worker_.heard = context_.steady();
    worker_.job = held_ ? held_->job.id : std::string();
    worker_.epoch = held_ ? held_->epoch : 0;
    if (held_) worker_.lease_until = held_->renewed + context_.limits.lease;
    context_.registry.put(number_, worker_);
}

SessionReply WorkerSession::on(const wire::Hello& hello) {
    if (greeted_) return refused_and_close(ErrorCode::protocol_violation, "hello was said already");
    if (hello.protocol == wire::kProbeVersion)
        return {wire::Welcome{wire::kProtocolVersion, context_.limits.plugin_version}, true};
    if (hello.protocol != wire::kProtocolVersion)
        return refused_and_close(ErrorCode::protocol_violation,
                                 "this plugin speaks protocol " + std::to_string(wire::kProtocolVersion) +
                                     ", the worker " + std::to_string(hello.protocol) +
                                     ": install the same version");
    const auto too_long = [](const std::string& text) { return text.size() > kMaxNameBytes; };
    if (too_long(hello.worker) || too_long(hello.version) || too_long(hello.model_id) ||
        too_long(hello.model_digest))
        return refused_and_close(ErrorCode::protocol_violation, "a name in hello is too long");
    if (hello.worker.empty() || hello.model_id.empty() || hello.model_digest.empty())
        return refused_and_close(ErrorCode::protocol_violation, "hello must name worker and model");

    const auto store = context_.store.get();
    if (!store) return {wire::Refused{store.error()}, true};
    const KnownModel model{hello.model_id, hello.model_digest};
    if (auto admitted = context_.models->check(**store, context_.log, model); !admitted)
        return {wire::Refused{admitted.error()}, true};
    if (auto adopted = adopt_model(**store, {hello.model_id, hello.model_digest}); !adopted)
        return {wire::Refused{adopted.error()}, true};
    greeted_ = true;
    const Timestamp now = context_.clock();
    worker_ = {.name = hello.worker,
               .version = hello.version,
               .model_id = hello.model_id,
               .model_digest = hello.model_digest,
               .connected = now,
               .last_contact = now};
    context_.log.info("worker " + hello.worker + " is connected with model " + hello.model_id);
    return {wire::Welcome{wire::kProtocolVersion, context_.limits.plugin_version}, false};
}

SessionReply WorkerSession::on(const wire::DeviceReport& report) {
    const bool failed = report.self_test.state == SelfTestState::failed;
    if (failed && worker_.self_test != report.self_test)
        context_.log.error("worker " + worker_.name + " gets no jobs, its self-test failed: " +
                           report.self_test.detail.substr(0, kMaxDetailBytes));
    worker_.device = report.device;
    worker_.precision = report.precision;
    worker_.self_test = report.self_test;
    if (report.cage && !report.cage->whole && worker_.cage != report.cage)
        context_.log.warning("the cage around worker " + worker_.name +
                             " is not whole: " + report.cage->detail.substr(0, kMaxDetailBytes));
    worker_.cage = report.cage;
    return {wire::Ack{}, false};
}

/// "worker 0.2.0, plugin 0.2.0, device cuda (bfloat16), outputs SEG SR".
std::string WorkerSession::runs_with() const {
    std::string text = "worker " + worker_.version + ", plugin " + context_.limits.plugin_version;
    if (!worker_.device.empty()) text += ", device " + worker_.device + " (" + worker_.precision + ")";
    text += ", outputs";
    for (const auto output : context_.limits.outputs) text += " " + std::string(to_string(output));
    return text;
}

SessionReply WorkerSession::on(const wire::LeaseRequest&) {
    if (worker_.self_test && worker_.self_test->state == SelfTestState::failed)
        return refused_and_close(ErrorCode::protocol_violation,
                                 "a worker whose self-test failed may not ask for work");
    if (held_) return refused_and_close(ErrorCode::protocol_violation, "this worker holds a lease already");
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    auto granted = granting_.next(
        **store, {worker_.name, worker_.model_id, worker_.model_digest, context_.steady(), runs_with()},
        context_.limits.lease);
    if (!granted) return refused(granted.error());
    if (!granted->has_value()) return {wire::NoWork{context_.limits.poll.count()}, false};
    GrantedJob& job = granted->value();
    held_ = Held{.job = std::move(job.job),
                 .epoch = job.epoch,
                 .instances = std::move(job.instances),
                 .order = {context_.limits.outputs, context_.limits.keep_rejected, std::move(job.sources)},
                 .last_progress = context_.steady(),
                 .renewed = context_.steady()};
    return {wire::LeaseGranted{held_->job.id, held_->epoch, context_.limits.lease.count(),
                               held_->job.series_instance_uid, held_->job.fingerprint, held_->job.request,
                               held_->instances, context_.limits.outputs, context_.intake.rules().images,
                               context_.limits.keep_rejected},
            false};
}

Result<void> WorkerSession::check_lease(const std::string& job, std::int64_t epoch) const {
    if (held_ && held_->job.id == job && held_->epoch == epoch) return {};
    return failure(ErrorCode::stale_lease, "this connection holds no lease of that job and epoch");
}

/// Of the lease that this session holds.
Result<void> WorkerSession::check_still_leased(JobStore& store) {
    const auto job = store.job(held_->job.id);
    if (!job && job.error().code != ErrorCode::not_found) return failure(job.error());
    if (job && job->state == JobState::leased && job->epoch == held_->epoch) return {};
    return failure(ErrorCode::stale_lease, "the job is no longer leased to this worker");
}

SessionReply WorkerSession::on(const wire::FetchInstance& fetch) {
    if (auto held = check_lease(fetch.job, fetch.epoch); !held) return refused(held.error());
    if (fetch.index < 0 || static_cast<std::size_t>(fetch.index) >= held_->instances.size())
        return refused({ErrorCode::invalid_argument, "there is no instance " + std::to_string(fetch.index)});
    auto bytes = context_.archive.read_instance(held_->instances[static_cast<std::size_t>(fetch.index)]);
    if (!bytes && bytes.error().code == ErrorCode::not_found)
        return refused({ErrorCode::archive_unavailable, "the instance is no longer in the archive"});
    if (!bytes) return refused(bytes.error());
    if (bytes->size() > context_.limits.max_instance_bytes)
        return refused({ErrorCode::geometry_out_of_range,
                        "the instance has " + std::to_string(bytes->size()) + " bytes"});
    return {wire::InstanceBytes{fetch.job, fetch.index, std::move(*bytes)}, false};
}

SessionReply WorkerSession::on(const wire::StoreResult& message) {
    if (auto held = check_lease(message.job, message.epoch); !held) return refused(held.error());
    if (held_->stored.size() >= kMaxResults)
        return refused_and_close(ErrorCode::protocol_violation, "too many results for one job");
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    // Ask before storing: a canceled or lost lease must leave nothing behind.
    if (auto leased = check_still_leased(**store); !leased) return lost_lease(leased.error());
    if (held_->stored.empty())
        if (auto ready = prepare_to_store(**store); !ready) return lost_lease(ready.error());

    const auto admission = context_.gate->admit(**store, held_->job, held_->order, message);
    if (!admission) return not_admitted(**store, message, admission.error());
    auto placed = results_.place(**store, held_->job, message, admission->held);
    if (!placed && placed.error().code == ErrorCode::not_found) {
        const auto why = granting_.source_is_gone(**store, held_->job).error();
        take_out_leftovers(**store);
        return lost_lease(why);
    }
    if (!placed) return lost_lease(placed.error());
    context_.gate->placed(held_->order, message);
    held_->stored.push_back(*placed);
    return {wire::Stored{placed->object, placed->already_stored}, false};
}

/// Before the first result: the source is what was fetched, and nothing that an attempt before left has the UIDs of
/// this one's objects.
Result<void> WorkerSession::prepare_to_store(JobStore& store) {
    if (auto checked = granting_.check_source(store, held_->job); !checked) return checked;
    return leftovers_.make_way(store, held_->job);
}

/// Whoever sends what breaks a rule is no worker of ours, or is one no more: the job and the session end.
SessionReply WorkerSession::not_admitted(JobStore& store, const wire::StoreResult& message,
                                         const Error& why) {
    note_refusal(store, context_.log, message, why);
    if (why.code != ErrorCode::protocol_violation) return lost_lease(why);
    ended(store, {message.job, message.epoch, {JobState::failed, why, {}, ""}});
    return {wire::Refused{why}, true};
}

SessionReply WorkerSession::on(const wire::Complete& complete) {
    if (auto held = check_lease(complete.job, complete.epoch); !held) return refused(held.error());
    if (auto checked = check_outcome(complete.outcome, held_->stored.size()); !checked)
        return refused(checked.error());
    if (const auto missing = context_.gate->missing(held_->order);
        complete.outcome.state == JobState::done && !missing.empty())
        return refused({ErrorCode::invalid_argument, "done, but not everything was stored: " + missing});
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    const auto& error = complete.outcome.error;
    const bool fault =
        error && (error->code == ErrorCode::database_unavailable || error->code == ErrorCode::storage_full ||
                  error->code == ErrorCode::archive_unavailable);
    return fault ? interrupted(**store, complete) : ended(**store, complete);
}

/// What entered the archive and is no result leaves it soon, if not now (WorkLoop).
void WorkerSession::take_out_leftovers(JobStore& store) {
    if (auto swept = leftovers_.sweep(store); !swept)
        context_.log.warning("what an attempt left in the archive stays for now: " +
                             swept.error().describe());
}

/// A fault of database or archive, not of the job: it is tried again, and no attempt is counted.
SessionReply WorkerSession::interrupted(JobStore& store, const wire::Complete& complete) {
    const Error& why = *complete.outcome.error;
    const auto back =
        store.interrupt(complete.job, complete.epoch, {why.code, why.detail.substr(0, kMaxDetailBytes)},
                        why.code == ErrorCode::archive_unavailable);
    if (!back) return lost_lease(back.error());
    held_.reset();
    context_.log.warning("job " + complete.job +
                         " waits for the end of a fault: " + std::string(to_string(why.code)));
    take_out_leftovers(store);
    return {wire::Ack{}, false};
}

/// Another job of the series may have been done meanwhile, and what this one found in the archive was deleted as replaced.
Result<void> WorkerSession::announce_end(JobStore& store, const Outcome& outcome) {
    if (outcome.state != JobState::done) return {};
    if (results_.remaining(outcome.results).size() != outcome.results.size())
        return failure(ErrorCode::archive_unavailable, "a result left the archive before its job was done");
    return context_.delivery.announce(store, held_->job, outcome.results, held_->job.results);
}

/// The job lists what the archive holds of it, and its summary belongs to that. An attempt that does not end
/// as done takes out what it brought in; what an earlier run of the job left stays, with that run's summary.
SessionReply WorkerSession::ended(JobStore& store, const wire::Complete& complete) {
    Outcome outcome = bounded_outcome(complete.outcome);
    const bool kept =
        outcome.state == JobState::done ||
        (outcome.state == JobState::rejected && context_.limits.keep_rejected && !held_->stored.empty());
    if (kept) {
        if (auto checked = granting_.check_source(store, held_->job); !checked) {
            take_out_leftovers(store);
            return lost_lease(checked.error());
        }
        for (const auto& placed : held_->stored) outcome.results.push_back(placed.object);
        const auto noted = announce_end(store, outcome);
        if (!noted)
            return interrupted(store,
                               {complete.job, complete.epoch, {JobState::failed, noted.error(), {}, ""}});
    } else {
        outcome.results = results_.remaining(held_->job.results);
        if (!outcome.results.empty()) outcome.summary_json = held_->job.summary_json;
    }
    const auto job = store.complete(complete.job, complete.epoch, outcome);
    if (!job) return lost_lease(job.error());
    const auto before = std::move(held_->job.results);
    held_.reset();
    std::string line = "job " + job->id + " is " + std::string(to_string(job->state));
    if (job->error) line += " (" + std::string(to_string(job->error->code)) + ")";
    context_.log.info(line);
    if (auto swept = leftovers_.sweep_stored(store); !swept)
        context_.log.warning("notes of what was stored stay for now: " + swept.error().describe());
    if (job->state == JobState::done) context_.delivery.deliver(store, *job, before);
    if (is_final(job->state)) context_.delivery.label(*job);
    take_out_leftovers(store);
    return {wire::Ack{}, false};
}

template <typename NotForUs>
SessionReply WorkerSession::on(const NotForUs&) {
    return refused_and_close(ErrorCode::protocol_violation, "a message that only the plugin may send");
}

}  // namespace spineseg
