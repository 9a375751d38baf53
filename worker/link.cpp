// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/link.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "worker/link_session.h"
#include "worker/local_clock.h"

namespace spineseg {
namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

/// The lease is somebody else's now, or the job ended without us: what was computed is dropped.
struct LeaseLost : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The work at hand as both threads see it.
class RunningJob {
  public:
    bool report(const Progress& progress) {
        const std::lock_guard lock(mutex_);
        progress_ = progress;
        ++counter_;
        return !abandoned_;
    }
    void abandon() { abandoned_ = true; }
    std::pair<Progress, std::uint64_t> progress() const {
        const std::lock_guard lock(mutex_);
        return {progress_, counter_};
    }
    std::optional<Result<JobProduct>> product;  ///< set on the link's thread

  private:
    mutable std::mutex mutex_;
    Progress progress_{Stage::fetching, 0.0};
    std::uint64_t counter_ = 0;
    std::atomic<bool> abandoned_ = false;
};

Result<JobProduct> run_guarded(JobRunner& runner, const JobInput& input, RunningJob& running) {
    try {
        return runner.run(input, [&](const Progress& progress) { return running.report(progress); });
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "not enough memory for this series");
    } catch (const std::exception& error) {
        return failure(ErrorCode::internal, error.what());
    }
}

Outcome outcome_of(const Error& error) {
    Outcome outcome;
    outcome.state = fate_of(error.code) == JobFate::reject ? JobState::rejected : JobState::failed;
    outcome.error = error;
    return outcome;
}

/// The reply of the type that was asked for. A refusal is a lost lease, or an error of the job.
/// Requests and replies are named variables in this file: g++ 12 destroys an aggregate temporary in a
/// co_await expression twice (seen here as a crash; others report a double free of the same kind).
template <typename Reply>
Result<Reply> expect(wire::Message message) {
    if (auto* reply = std::get_if<Reply>(&message)) return std::move(*reply);
    if (auto* refused = std::get_if<wire::Refused>(&message)) {
        if (refused->error.code == ErrorCode::stale_lease) throw LeaseLost(refused->error.describe());
        return failure(std::move(refused->error));
    }
    throw SessionEnded("the plugin answered with " + std::string(wire::name_of(message)));
}

}  // namespace

class Link::Loop {
  public:
    Loop(LinkOptions options, JobRunner& runner, ComputeThread& compute)
        : options_(std::move(options)), runner_(runner), compute_(compute), wake_up_(io_.get_executor()) {}

    LinkEnd run();
    void stop() {
        asio::post(io_, [this] {
            stopping_ = true;
            wake_up_.notify();
        });
    }

  private:
    struct Held {  ///< the lease that is worked on
        wire::LeaseGranted lease;
        Clock::time_point renewed = Clock::now();
        Clock::duration renewal_interval;
    };

    awaitable<void> reconnect_for_ever();
    awaitable<void> one_session(LinkSession& session);
    awaitable<void> greet(LinkSession& session);
    awaitable<void> report_device(LinkSession& session);
    awaitable<void> stay_without_work(LinkSession& session);
    awaitable<void> work_on(LinkSession& session, wire::LeaseGranted lease);
    awaitable<Outcome> attempt(LinkSession& session, Held& held);
    awaitable<Result<JobInput>> fetch(LinkSession& session, Held& held);
    awaitable<Result<JobProduct>> compute(LinkSession& session, Held& held, JobInput input);
    awaitable<Result<std::vector<ResultObject>>> store(LinkSession& session, Held& held,
                                                       std::vector<dicom::ResultFile> files);
    awaitable<void> renew_when_due(LinkSession& session, Held& held);
    awaitable<void> release(LinkSession& session, const Held& held);
    awaitable<void> wait_for_compute();
    awaitable<void> pause(Clock::duration duration);
    awaitable<void> idle(LinkSession& session, Clock::duration duration);
    void start_computing(JobInput input);
    bool goes_on() const { return !stopping_ && !finished_ && !compute_hangs_; }

    LinkOptions options_;
    JobRunner& runner_;
    ComputeThread& compute_;
    asio::io_context io_{1};
    WakeUp wake_up_;
    bool stopping_ = false;
    bool finished_ = false;  ///< `once` is satisfied
    bool welcomed_ = false;
    bool computing_ = false;  ///< the compute thread has been given running_
    bool compute_hangs_ = false;
    /// Shared with the compute thread until it has posted the product.
    std::shared_ptr<RunningJob> running_;
};

LinkEnd Link::Loop::run() {
    std::optional<asio::signal_set> signals;
    if (options_.stop_on_signals) {
        signals.emplace(io_, SIGTERM, SIGINT);
        signals->async_wait([this](const boost::system::error_code& error, int) {
            if (error) return;
            stopping_ = true;
            wake_up_.notify();
        });
    }
    std::exception_ptr failed;
    asio::co_spawn(io_, reconnect_for_ever(), [&](std::exception_ptr error) {
        failed = error;
        io_.stop();
    });
    io_.run();
    if (failed) std::rethrow_exception(failed);
    return compute_hangs_ ? LinkEnd::compute_hangs : LinkEnd::in_order;
}

awaitable<void> Link::Loop::reconnect_for_ever() {
    milliseconds delay = options_.first_retry;
    std::string last_reason;
    while (goes_on()) {
        LinkSession session(io_.get_executor(), wake_up_, options_.reply_timeout);
        bool reading = false;
        std::string reason;
        welcomed_ = false;
        try {
            co_await session.connect(options_.socket);
            reading = true;
            asio::co_spawn(io_, session.read(), [&](std::exception_ptr) {
                reading = false;
                wake_up_.notify();
            });
            co_await one_session(session);
        } catch (const JobCanceled& canceled) {
            spdlog::info("job {} was canceled", canceled.what());
        } catch (const std::exception& error) {
            reason = error.what();
        }
        if (running_) running_->abandon();
        session.close();
        while (reading) co_await wake_up_.wait(std::chrono::seconds(1));
        co_await wait_for_compute();
        if (welcomed_) {
            delay = options_.first_retry;
            last_reason.clear();
        }
        if (reason.empty()) continue;
        if (reason != last_reason) spdlog::warn("{}; trying again", reason);
        last_reason = reason;
        co_await pause(delay);
        delay = std::min(delay * 2, options_.longest_retry);
    }
}

awaitable<void> Link::Loop::greet(LinkSession& session) {
    wire::Hello hello;
    hello.worker = options_.worker;
    hello.version = options_.version;
    hello.model_id = options_.model_id;
    hello.model_digest = options_.model_digest;
    constexpr std::chrono::seconds kPatience{10};
    wire::Message request = std::move(hello);
    wire::Message reply = co_await session.ask(std::move(request), kPatience);
    const auto welcome = expect<wire::Welcome>(std::move(reply));
    if (!welcome) throw SessionEnded("the plugin refused this worker: " + welcome.error().describe());
    if (welcome->protocol != wire::kProtocolVersion)
        throw SessionEnded("the plugin speaks protocol " + std::to_string(welcome->protocol));
    welcomed_ = true;
    spdlog::info("connected to plugin {}", welcome->plugin_version);
}

awaitable<void> Link::Loop::report_device(LinkSession& session) {
    wire::DeviceReport report;
    report.device = options_.device;
    report.precision = options_.precision;
    report.self_test = options_.self_test;
    wire::Message request = std::move(report);
    wire::Message reply = co_await session.ask(std::move(request));
    const auto acknowledged = expect<wire::Ack>(std::move(reply));
    if (!acknowledged)
        throw SessionEnded("the plugin refused the device's report: " + acknowledged.error().describe());
}

/// Reports again before the plugin closes a connection that says nothing.
awaitable<void> Link::Loop::stay_without_work(LinkSession& session) {
    spdlog::error("no jobs are taken: the self-test failed ({})", options_.self_test.detail);
    while (goes_on()) {
        co_await idle(session, options_.report_interval);
        if (goes_on()) co_await report_device(session);
    }
}

/// Lets the time pass, unless the session ends or the worker stops.
awaitable<void> Link::Loop::idle(LinkSession& session, Clock::duration duration) {
    const auto until = Clock::now() + duration;
    while (!stopping_ && Clock::now() < until) {
        session.check_unasked();
        co_await wake_up_.wait(until - Clock::now());
    }
}

awaitable<void> Link::Loop::one_session(LinkSession& session) {
    co_await greet(session);
    co_await report_device(session);
    if (options_.self_test.state == SelfTestState::failed) {
        co_await stay_without_work(session);
        co_return;
    }
    while (goes_on()) {
        wire::Message request = wire::LeaseRequest{};
        wire::Message reply = co_await session.ask(std::move(request));
        if (auto* lease = std::get_if<wire::LeaseGranted>(&reply)) {
            co_await work_on(session, std::move(*lease));
            continue;
        }
        if (const auto* refused = std::get_if<wire::Refused>(&reply))
            throw SessionEnded("the plugin gives no lease: " + refused->error.describe());
        if (!std::holds_alternative<wire::NoWork>(reply))
            throw SessionEnded("the plugin answered with " + std::string(wire::name_of(reply)));
        const auto wait = std::clamp<std::int64_t>(std::get<wire::NoWork>(reply).retry_ms, 20, 60'000);
        co_await idle(session, milliseconds(wait));
    }
}

awaitable<void> Link::Loop::work_on(LinkSession& session, wire::LeaseGranted lease) {
    const auto lease_ms = std::clamp<std::int64_t>(lease.lease_ms, 40, 3'600'000);
    // Well before the lease ends, and often enough for the person who watches the job's progress.
    Held held{std::move(lease), Clock::now(), milliseconds(std::min<std::int64_t>(lease_ms / 4, 1000))};
    const std::string& job = held.lease.job;
    spdlog::info("job {} epoch {}: {} instances", job, held.lease.epoch, held.lease.instances.size());
    running_ = std::make_shared<RunningJob>();
    try {
        Outcome outcome = co_await attempt(session, held);
        if (stopping_ && outcome.error && outcome.error->code == ErrorCode::canceled) {
            co_await release(session, held);
            co_return;
        }
        const std::string verdict(to_string(outcome.state));
        const std::string why = outcome.error ? " (" + outcome.error->describe() + ")" : "";
        wire::Message request = wire::Complete{job, held.lease.epoch, std::move(outcome)};
        wire::Message answer = co_await session.ask(std::move(request));
        const auto reply = expect<wire::Ack>(std::move(answer));
        if (!reply) throw SessionEnded("the end of job " + job + " was refused: " + reply.error().describe());
        spdlog::info("job {} epoch {}: {}{}", job, held.lease.epoch, verdict, why);
        finished_ = options_.once;
    } catch (const LeaseLost& lost) {
        spdlog::warn("job {} epoch {} dropped: {}", job, held.lease.epoch, lost.what());
        running_->abandon();
    }
    co_await wait_for_compute();
}

awaitable<Outcome> Link::Loop::attempt(LinkSession& session, Held& held) {
    auto input = co_await fetch(session, held);
    if (!input) co_return outcome_of(input.error());
    auto product = co_await compute(session, held, std::move(*input));
    if (!product) co_return outcome_of(product.error());
    auto stored = co_await store(session, held, std::move(product->files));
    if (!stored) co_return outcome_of(stored.error());
    Outcome outcome = product->verdict ? outcome_of(*product->verdict) : Outcome{};
    outcome.results = std::move(*stored);
    outcome.summary_json = std::move(product->summary_json);
    co_return outcome;
}

awaitable<Result<JobInput>> Link::Loop::fetch(LinkSession& session, Held& held) {
    const auto& names = held.lease.instances;
    if (names.size() > options_.max_instances)
        co_return failure(ErrorCode::geometry_out_of_range,
                          "a series of " + std::to_string(names.size()) + " instances; at most " +
                              std::to_string(options_.max_instances) + " are read");
    JobInput input{held.lease.request, {}, held.lease.outputs, held.lease.keep_rejected, local_time_now()};
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (stopping_) co_return failure(ErrorCode::canceled, "stopped by request");
        const int index = static_cast<int>(i);
        wire::Message request = wire::FetchInstance{held.lease.job, held.lease.epoch, index};
        wire::Message answer = co_await session.ask(std::move(request));
        auto reply = expect<wire::InstanceBytes>(std::move(answer));
        if (!reply) co_return failure(reply.error());
        if (reply->index != index || reply->job != held.lease.job)
            throw SessionEnded("the plugin sent another instance than the one asked for");
        bytes += reply->dicom.size();
        if (bytes > options_.max_series_bytes)
            co_return failure(ErrorCode::geometry_out_of_range, "the series' files are too large together");
        input.instances.push_back({names[i], std::move(reply->dicom)});
        running_->report({Stage::fetching, static_cast<double>(i + 1) / static_cast<double>(names.size())});
        co_await renew_when_due(session, held);
    }
    co_return input;
}

void Link::Loop::start_computing(JobInput input) {
    compute_.post([this, running = running_, input = std::make_shared<JobInput>(std::move(input))] {
        auto product = run_guarded(runner_, *input, *running);
        asio::post(io_, [this, running, product = std::move(product)]() mutable {
            running->product = std::move(product);
            wake_up_.notify();
        });
    });
}

awaitable<Result<JobProduct>> Link::Loop::compute(LinkSession& session, Held& held, JobInput input) {
    start_computing(std::move(input));
    computing_ = true;
    while (!running_->product) {
        if (stopping_) running_->abandon();
        session.check_unasked();
        co_await renew_when_due(session, held);
        if (running_->product) break;
        co_await wake_up_.wait(held.renewed + held.renewal_interval - Clock::now());
    }
    computing_ = false;
    co_return std::move(*running_->product);
}

awaitable<Result<std::vector<ResultObject>>> Link::Loop::store(LinkSession& session, Held& held,
                                                               std::vector<dicom::ResultFile> files) {
    std::vector<ResultObject> objects;
    for (auto& file : files) {
        running_->report(
            {Stage::storing, static_cast<double>(objects.size()) / static_cast<double>(files.size())});
        co_await renew_when_due(session, held);
        wire::Message request = wire::StoreResult{held.lease.job, held.lease.epoch, std::move(file.object),
                                                  std::move(file.dicom)};
        wire::Message answer = co_await session.ask(std::move(request));
        auto reply = expect<wire::Stored>(std::move(answer));
        if (!reply) co_return failure(reply.error());
        objects.push_back(std::move(reply->object));
    }
    running_->report({Stage::storing, 1.0});
    co_return objects;
}

awaitable<void> Link::Loop::renew_when_due(LinkSession& session, Held& held) {
    if (Clock::now() < held.renewed + held.renewal_interval) co_return;
    const auto [progress, counter] = running_->progress();
    wire::Message request = wire::Renew{held.lease.job, held.lease.epoch, progress, counter};
    wire::Message answer = co_await session.ask(std::move(request));
    const auto reply = expect<wire::Ack>(std::move(answer));
    if (!reply) throw SessionEnded("the lease was not renewed: " + reply.error().describe());
    held.renewed = Clock::now();
}

awaitable<void> Link::Loop::release(LinkSession& session, const Held& held) {
    constexpr std::chrono::seconds kPatience{2};
    wire::Message request = wire::Release{held.lease.job, held.lease.epoch};
    wire::Message answer = co_await session.ask(std::move(request), kPatience);
    const auto reply = expect<wire::Ack>(std::move(answer));
    if (reply) spdlog::info("job {} handed back", held.lease.job);
}

/// The compute thread must be free before another job begins: it notices within one network call.
awaitable<void> Link::Loop::wait_for_compute() {
    const auto until = Clock::now() + options_.compute_patience;
    while (computing_ && !running_->product) {
        compute_hangs_ = compute_hangs_ || Clock::now() >= until;
        if (compute_hangs_) co_return;
        co_await wake_up_.wait(std::min<Clock::duration>(std::chrono::seconds(1), until - Clock::now()));
    }
    computing_ = false;
    running_.reset();
}

awaitable<void> Link::Loop::pause(Clock::duration duration) {
    const auto until = Clock::now() + duration;
    while (!stopping_ && Clock::now() < until) co_await wake_up_.wait(until - Clock::now());
}

Link::Link(LinkOptions options, JobRunner& runner, ComputeThread& compute)
    : loop_(std::make_unique<Loop>(std::move(options), runner, compute)) {}
Link::~Link() = default;
LinkEnd Link::run() {
    return loop_->run();
}
void Link::stop() {
    loop_->stop();
}

}  // namespace spineseg
