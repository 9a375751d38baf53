// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/worker_session.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "plugin/known_model.h"

namespace spineseg {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxDetailBytes = 2048;
constexpr std::size_t kMaxSummaryBytes = 64 * 1024;
constexpr std::size_t kMaxResults = 64;
/// Jobs whose series has gone or changed are put aside while looking for one to hand out; the rest waits for
/// the next ask.
constexpr int kMaxPutAside = 16;
constexpr const char* kSuperseded = "superseded: its series has another content now";

SessionReply refused(Error error) {
    return {wire::Refused{std::move(error)}, false};
}
SessionReply refused_and_close(ErrorCode code, std::string detail) {
    return {wire::Refused{Error{code, std::move(detail)}}, true};
}

/// The worker's words, cut to a size that the database and REST can carry.
Outcome bounded(Outcome outcome) {
    if (outcome.error && outcome.error->detail.size() > kMaxDetailBytes)
        outcome.error->detail.resize(kMaxDetailBytes);
    const bool keep = outcome.summary_json.size() <= kMaxSummaryBytes &&
                      nlohmann::json::parse(outcome.summary_json, nullptr, false).is_object();
    if (!keep) outcome.summary_json.clear();
    return outcome;
}

std::optional<std::string> complaint(const Outcome& outcome, std::size_t stored) {
    if (outcome.state == JobState::done)
        return stored == 0 ? std::optional("done, but no result was stored") : std::nullopt;
    if (outcome.state != JobState::rejected && outcome.state != JobState::failed)
        return "not an end of a job";
    if (!outcome.error) return "an outcome that is not done needs an error";
    return std::nullopt;
}

}  // namespace

WorkerSession::WorkerSession(SessionContext context, std::uint64_t number)
    : context_(std::move(context)), results_(context_.archive, context_.log), number_(number) {}

SessionReply WorkerSession::handle(const wire::Message& message) {
    if (!greeted_ && !std::holds_alternative<wire::Hello>(message))
        return refused_and_close(ErrorCode::protocol_violation, "the first message must be hello");
    auto reply = std::visit([this](const auto& m) { return on(m); }, message);
    touch();
    return reply;
}

void WorkerSession::end(SessionEnd how) {
    context_.registry.remove(number_);
    if (!held_) return;
    const auto store = context_.store.get();
    if (!store) return;  // the lease runs out by itself
    const Held held = std::move(*held_);
    held_.reset();
    const auto ended =
        how == SessionEnd::shutdown
            ? (*store)->release(held.job.id, held.epoch)
            : (*store)->abandon(held.job.id, held.epoch,
                                Error{ErrorCode::worker_lost, "the connection to the worker ended"});
    if (ended) {
        context_.log.warning("job " + held.job.id + " returns to the queue: " +
                             (how == SessionEnd::shutdown ? "the plugin stops" : "its worker is gone"));
    } else if (ended.error().code != ErrorCode::stale_lease) {
        context_.log.error("job " + held.job.id + " could not be handed back: " + ended.error().describe());
    }
}

void WorkerSession::touch() {
    if (!greeted_) return;
    worker_.last_contact = context_.clock();
    worker_.job = held_ ? held_->job.id : std::string();
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
    return {wire::Ack{}, false};
}

SessionReply WorkerSession::on(const wire::LeaseRequest&) {
    if (worker_.self_test && worker_.self_test->state == SelfTestState::failed)
        return refused_and_close(ErrorCode::protocol_violation,
                                 "a worker whose self-test failed may not ask for work");
    if (held_) return refused_and_close(ErrorCode::protocol_violation, "this worker holds a lease already");
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    for (int put_aside = 0; put_aside < kMaxPutAside; ++put_aside) {
        const auto lease = next_lease(**store);
        if (!lease) return refused(lease.error());
        if (!*lease) break;
        const auto tags = series_of(**store, **lease);
        if (!tags) return refused(tags.error());
        if (!*tags) continue;
        Held held{(*lease)->job, (*lease)->epoch, {}, {}, 0, context_.clock()};
        held.job.fingerprint = (*tags)->fingerprint();
        for (const auto& instance : (*tags)->instances) held.instances.push_back(instance.orthanc_id);
        wire::LeaseGranted granted{held.job.id,
                                   held.epoch,
                                   context_.limits.lease.count(),
                                   held.job.series_instance_uid,
                                   held.job.fingerprint,
                                   held.job.request,
                                   held.instances,
                                   context_.limits.outputs,
                                   context_.intake.rules().images,
                                   context_.limits.keep_rejected};
        held_ = std::move(held);
        return {std::move(granted), false};
    }
    return {wire::NoWork{context_.limits.poll.count()}, false};
}

/// A job of a model that nobody serves any more (its worker died after a newer one took over) is adopted
/// here.
Result<std::optional<Lease>> WorkerSession::next_lease(JobStore& store) {
    auto lease = store.lease(worker_.name, worker_.model_digest, context_.limits.lease);
    if (!lease || *lease) return lease;
    const auto counts = store.counts();
    if (!counts) return failure(counts.error());
    if (counts->queued == 0) return lease;
    const auto known = known_model(store);
    if (!known) return failure(known.error());
    if (known->digest != worker_.model_digest) return lease;
    const auto adopted = store.adopt_queued_jobs(known->id, known->digest);
    if (!adopted) return failure(adopted.error());
    return *adopted == 0 ? lease : store.lease(worker_.name, worker_.model_digest, context_.limits.lease);
}

/// The series as it is now; nullopt when it is not what the job was made for, and the job has been put aside.
Result<std::optional<SeriesTags>> WorkerSession::series_of(JobStore& store, const Lease& lease) {
    auto tags = context_.archive.series(lease.job.orthanc_series_id);
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
    if (auto renewed = context_.intake.renew_fingerprint(store, *tags); !renewed)
        return failure(renewed.error());
    const auto job = store.job(lease.job.id);
    if (!job) return failure(job.error());
    if (*job && (*job)->fingerprint == tags->fingerprint()) return std::move(*tags);
    context_.log.info("job " + lease.job.id + " is canceled: its series has another content now");
    if (auto canceled = store.cancel(lease.job.id, kSuperseded); !canceled) return failure(canceled.error());
    if (auto considered = context_.intake.consider(store, lease.job.orthanc_series_id); !considered)
        return failure(considered.error());
    return std::nullopt;
}

std::optional<Error> WorkerSession::check_lease(const std::string& job, std::int64_t epoch) const {
    if (held_ && held_->job.id == job && held_->epoch == epoch) return std::nullopt;
    return Error{ErrorCode::stale_lease, "this connection holds no lease of that job and epoch"};
}

SessionReply WorkerSession::on(const wire::FetchInstance& fetch) {
    if (auto stale = check_lease(fetch.job, fetch.epoch)) return refused(*stale);
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

/// The lease ended under the worker: given to somebody else, or canceled by a person.
SessionReply WorkerSession::lost_lease(const Error& why) {
    if (why.code == ErrorCode::stale_lease) held_.reset();
    return refused(why);
}

/// Only a renewal may be answered by `cancel` (PROTOCOL.md).
SessionReply WorkerSession::not_renewed(JobStore& store, const Error& why) {
    const auto id = held_->job.id;
    auto reply = lost_lease(why);
    if (held_) return reply;
    const auto job = store.job(id);
    if (job && *job && (*job)->state == JobState::canceled) return {wire::Cancel{id}, false};
    return reply;
}

bool WorkerSession::stalled(const wire::Renew& renew) {
    const Timestamp now = context_.clock();
    if (renew.counter > held_->counter) {
        held_->counter = renew.counter;
        held_->last_progress = now;
    }
    return now - held_->last_progress > context_.limits.stall;
}

SessionReply WorkerSession::on(const wire::Renew& renew) {
    if (auto stale = check_lease(renew.job, renew.epoch)) return refused(*stale);
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    if (stalled(renew)) {
        const Held held = std::move(*held_);
        held_.reset();
        const Error why{ErrorCode::worker_lost,
                        "no progress for " + std::to_string(context_.limits.stall.count() / 1000) +
                            " s in stage " + std::string(to_string(renew.progress.stage))};
        context_.log.warning("job " + held.job.id + " is taken back: " + why.detail);
        if (auto back = (*store)->abandon(held.job.id, held.epoch, why); !back) return refused(back.error());
        return refused({ErrorCode::stale_lease, why.detail});
    }
    Progress progress = renew.progress;
    progress.fraction = std::clamp(progress.fraction, 0.0, 1.0);
    const auto renewed = (*store)->renew(renew.job, renew.epoch, progress, context_.limits.lease);
    if (!renewed) return not_renewed(**store, renewed.error());
    return {wire::Ack{}, false};
}

/// Asked before the first result is stored: what the worker fetched may be a mixture of old and new files.
/// Costs no header: the list of the instances and one look into Orthanc's index for each.
std::optional<SessionReply> WorkerSession::source_changed(JobStore& store) {
    const auto present = context_.archive.fingerprint(held_->job.orthanc_series_id);
    if (!present && present.error().code != ErrorCode::not_found) return refused(present.error());
    if (present && *present == held_->job.fingerprint) return std::nullopt;
    const auto id = held_->job.id, series = held_->job.orthanc_series_id;
    context_.log.info("job " + id + " is canceled: its series has another content now");
    if (auto canceled = store.cancel(id, kSuperseded); !canceled) return lost_lease(canceled.error());
    held_.reset();
    // A series that is not stable yet is judged when it is.
    if (auto considered = context_.intake.consider(store, series); !considered)
        context_.log.warning("series " + series + " is not judged: " + considered.error().describe());
    return refused({ErrorCode::stale_lease, kSuperseded});
}

SessionReply WorkerSession::on(const wire::StoreResult& message) {
    if (auto stale = check_lease(message.job, message.epoch)) return refused(*stale);
    if (held_->stored.size() >= kMaxResults)
        return refused_and_close(ErrorCode::protocol_violation, "too many results for one job");
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    // Ask before storing: a canceled or lost lease must leave nothing behind.
    const auto job = (*store)->job(message.job);
    if (!job) return refused(job.error());
    if (!*job || (*job)->state != JobState::leased || (*job)->epoch != message.epoch)
        return lost_lease({ErrorCode::stale_lease, "the job is no longer leased to this worker"});
    if (held_->stored.empty())
        if (auto changed = source_changed(**store)) return *changed;

    auto placed = results_.place(**store, held_->job, message);
    if (!placed && placed.error().code == ErrorCode::protocol_violation)
        return {wire::Refused{placed.error()}, true};
    if (!placed) return lost_lease(placed.error());
    held_->stored.push_back(*placed);
    return {wire::Stored{placed->object, placed->already_stored}, false};
}

SessionReply WorkerSession::on(const wire::Complete& complete) {
    if (auto stale = check_lease(complete.job, complete.epoch)) return refused(*stale);
    if (const auto wrong = complaint(complete.outcome, held_->stored.size()))
        return refused({ErrorCode::invalid_argument, *wrong});
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    return ended(**store, complete);
}

/// The job lists what the archive holds of it, and its summary belongs to that. An attempt that does not end
/// as done takes out what it brought in; what an earlier run of the job left stays, with that run's summary.
SessionReply WorkerSession::ended(JobStore& store, const wire::Complete& complete) {
    Outcome outcome = bounded(complete.outcome);
    outcome.results.clear();  // what was really stored, not what the worker says
    const bool kept =
        outcome.state == JobState::done ||
        (outcome.state == JobState::rejected && context_.limits.keep_rejected && !held_->stored.empty());
    std::vector<ResultObject> brought_in;
    if (kept) {
        for (const auto& placed : held_->stored) outcome.results.push_back(placed.object);
    } else {
        brought_in = results_.brought_in(store, held_->job, held_->stored);
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
    results_.take_out(store, job->id, brought_in, "of an attempt that did not end as done");
    if (job->state == JobState::done) context_.delivery.deliver(store, *job, before);
    return {wire::Ack{}, false};
}

SessionReply WorkerSession::on(const wire::Release& release) {
    if (auto stale = check_lease(release.job, release.epoch)) return refused(*stale);
    const auto store = context_.store.get();
    if (!store) return refused(store.error());
    const auto released = (*store)->release(release.job, release.epoch);
    if (!released) return lost_lease(released.error());
    held_.reset();
    return {wire::Ack{}, false};
}

template <typename NotForUs>
SessionReply WorkerSession::on(const NotForUs&) {
    return refused_and_close(ErrorCode::protocol_violation, "a message that only the plugin may send");
}

}  // namespace spineseg
