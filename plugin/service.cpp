// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/service.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "plugin/archive_watch.h"
#include "plugin/change_log_cursor.h"
#include "plugin/reopening_store.h"
#include "plugin/series_queue.h"
#include "plugin/worker_registry.h"
#include "plugin/worker_server.h"

namespace spineseg {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto kTick = std::chrono::milliseconds(1000);
constexpr int kOpenEveryTicks = 5;
constexpr int kPublishEveryTicks = 5;
constexpr int kRestEveryTicks = 15;
constexpr int kPruneEveryTicks = 600;
constexpr auto kQuietMargin =
    std::chrono::seconds(5);  ///< StableSeries comes StableAge + 1 s after the last instance
constexpr auto kSessionsEnd = std::chrono::milliseconds(700);

bool passes(const Error& error) {
    return error.code == ErrorCode::database_unavailable || error.code == ErrorCode::archive_unavailable ||
           error.code == ErrorCode::storage_full;
}

}  // namespace

struct Service::Parts {
    Parts(ServiceContext given, WorkerSocket socket);

    void start();
    void stop();
    void tick();           // I/O thread
    void work_tick();      // work thread
    void pump();           // work thread: one series
    void catch_up_step();  // work thread: one page
    void judge(const std::string& id);
    void save_when_idle(JobStore& store);
    void prune(JobStore& store);
    bool quiet() const;
    template <typename Step>
    void on_work(Step step);
    void run(asio::io_context& context, const char* name);

    ServiceContext context;
    ReopeningStore store;
    WorkerRegistry registry;
    Intake intake;
    Delivery delivery;
    ChangeLogCursor cursor;
    ArchiveWatch watch;
    SeriesQueue queue;
    RestRoutes routes;

    asio::io_context io;
    asio::io_context work;
    asio::executor_work_guard<asio::io_context::executor_type> io_guard;
    asio::executor_work_guard<asio::io_context::executor_type> work_guard;
    asio::steady_timer timer;
    std::unique_ptr<WorkerServer> server;

    std::mutex lifecycle;
    bool started = false;
    bool stopped = false;
    std::atomic<bool> stopping{false};
    std::atomic<bool> tick_under_way{false};
    std::atomic<SteadyClock::rep> last_arrival{SteadyClock::now().time_since_epoch().count()};
    bool caught_up = false;    // work thread
    bool catching_up = false;  // work thread: a step is queued
    bool pumping = false;      // work thread: a step is queued
    int ticks = 0;             // work thread
    std::thread io_thread;
    std::thread work_thread;
};

namespace {

SocketPlan socket_plan(const Settings& settings) {
    return {settings.socket, settings.socket_mode, settings.socket_group, settings.worker_users};
}

IntakePlan intake_plan(const Settings& settings) {
    return {settings.segment_on_arrival, settings.max_attempts, settings.max_instances, settings.samples,
            settings.steps};
}

QueuePolicy queue_policy(const Settings& settings) {
    QueuePolicy policy;
    policy.retry_backoff.assign(settings.retry_backoff.begin(), settings.retry_backoff.end());
    policy.priority_age = settings.priority_age;
    return policy;
}

ServerLimits server_limits(const Settings& settings) {
    ServerLimits limits;
    limits.silence = 2 * settings.lease + std::chrono::seconds(10);
    return limits;
}

SessionLimits session_limits(const Settings& settings, const std::string& version) {
    SessionLimits limits;
    limits.lease = settings.lease;
    limits.stall = settings.progress_deadline;
    limits.max_instance_bytes = static_cast<std::size_t>(settings.max_instance_megabytes) << 20;
    limits.plugin_version = version;
    limits.outputs = settings.outputs;
    limits.keep_rejected = settings.keep_rejected;
    return limits;
}

}  // namespace

Service::Parts::Parts(ServiceContext given, WorkerSocket socket)
    : context(std::move(given)),
      store(context.settings.database, JobStore::system_clock(), queue_policy(context.settings)),
      intake(context.archive, context.rules, intake_plan(context.settings), context.log),
      delivery(context.archive, context.log,
               {context.settings.destinations, context.settings.superseded, context.settings.send_review}),
      cursor(context.archive),
      watch(
          {context.archive, intake, delivery.copied(), context.log}, store, context.log,
          [this](std::function<void()> step) { on_work(std::move(step)); },
          context.settings.reconcile_on_start),
      routes({store, intake, registry, context.settings, context.version, context.archive_version}),
      io_guard(asio::make_work_guard(io)),
      work_guard(asio::make_work_guard(work)),
      timer(io) {
    SessionContext session{store,
                           context.archive,
                           intake,
                           delivery,
                           registry,
                           context.log,
                           session_limits(context.settings, context.version)};
    server = std::make_unique<WorkerServer>(io, work.get_executor(), std::move(socket),
                                            socket_plan(context.settings), std::move(session),
                                            server_limits(context.settings));
}

/// A step on the work thread; skipped once we stop, so that joining never waits for a queue of them.
template <typename Step>
void Service::Parts::on_work(Step step) {
    asio::post(work, [this, step = std::move(step)]() mutable {
        if (!stopping) step();
    });
}

/// The body of both threads. A step that throws is a fault of ours: it is logged, and the thread goes on.
void Service::Parts::run(asio::io_context& io_context, const char* name) {
    for (;;) {
        try {
            io_context.run();
            return;
        } catch (const std::exception& e) {
            context.log.error(std::string("a step of the ") + name + " thread failed: " + e.what());
        } catch (...) {
            context.log.error(std::string("a step of the ") + name + " thread failed");
        }
    }
}

void Service::Parts::start() {
    const std::lock_guard lock(lifecycle);
    if (started || stopped) return;
    started = true;
    server->start();
    asio::post(io, [this] { tick(); });
    on_work([this] { catch_up_step(); });
    io_thread = std::thread([this] { run(io, "I/O"); });
    work_thread = std::thread([this] { run(work, "work"); });
}

void Service::Parts::stop() {
    const std::lock_guard lock(lifecycle);
    if (stopped) return;
    stopped = true;
    stopping = true;
    if (!started) return;
    // Closing ends every session's coroutine, and each of those hands its lease back on the work thread.
    asio::post(io, [this] {
        timer.cancel();
        server->close();
    });
    const auto deadline = SteadyClock::now() + kSessionsEnd;
    for (bool open = true; open && SteadyClock::now() < deadline;) {
        std::promise<std::size_t> count;
        auto answer = count.get_future();
        asio::post(io, [this, &count] { count.set_value(server->open_connections()); });
        open = answer.get() > 0;
        if (open) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    work_guard.reset();
    work.stop();
    work_thread.join();
    io_guard.reset();
    io.stop();
    io_thread.join();
}

void Service::Parts::tick() {
    if (stopping) return;
    if (!tick_under_way.exchange(true)) {
        on_work([this] {
            tick_under_way = false;  // first, so that a tick that throws is not the last one
            work_tick();
        });
    }
    timer.expires_after(kTick);
    timer.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

void Service::Parts::work_tick() {
    ++ticks;
    auto open = store.get();
    if (!open) {
        if (ticks % kOpenEveryTicks != 0) return;
        if (auto opened = store.open(); !opened) {
            context.log.error("the queue's database: " + opened.error().detail);
            return;
        }
        context.log.warning("the queue's database is open again");
        open = store.get();
    }
    JobStore& jobs = **open;
    if (const auto expired = jobs.expire_leases(); !expired) {
        context.log.error("leases cannot be swept: " + expired.error().describe());
    } else if (*expired > 0) {
        context.log.warning(std::to_string(*expired) + " lease(s) ran out; their jobs return to the queue");
    }
    if (ticks % kPublishEveryTicks == 0 && context.publish) {
        if (const auto counts = jobs.counts()) context.publish(*counts);
    }
    watch.tick();
    if (queue.wake(SteadyClock::now()) && !pumping) pump();
    if (!caught_up && !catching_up) catch_up_step();
    if (ticks % kRestEveryTicks == 0) save_when_idle(jobs);
    if (ticks % kPruneEveryTicks == 1) prune(jobs);
}

bool Service::Parts::quiet() const {
    const SteadyClock::time_point last{SteadyClock::duration(last_arrival.load())};
    return caught_up && queue.empty() && SteadyClock::now() - last > context.stable_age + kQuietMargin;
}

void Service::Parts::save_when_idle(JobStore& jobs) {
    if (!quiet()) {
        cursor.reset();
        return;
    }
    if (auto rested = cursor.save_when_idle(jobs); !rested)
        context.log.warning("the position in the change log is not saved: " + rested.error().describe());
}

/// One batch; what is left waits for the next round.
void Service::Parts::prune(JobStore& jobs) {
    if (context.settings.keep_jobs_days == 0) return;
    const auto pruned = jobs.prune(std::chrono::hours(24) * context.settings.keep_jobs_days);
    if (!pruned)
        context.log.warning("ended jobs are not pruned: " + pruned.error().describe());
    else if (*pruned > 0)
        context.log.info(std::to_string(*pruned) + " job(s) that ended " +
                         std::to_string(context.settings.keep_jobs_days) + " days ago are forgotten");
}

void Service::Parts::catch_up_step() {
    catching_up = false;
    const auto open = store.get();
    if (caught_up || !open) return;  // without a database the next tick tries again
    const auto page = cursor.next(**open);
    if (!page) {
        context.log.warning("the change log cannot be read yet: " + page.error().describe());
        return;
    }
    caught_up = page->done;
    if (!caught_up) {
        catching_up = true;
        on_work([this] { catch_up_step(); });
    }
    if (context.settings.reconcile_on_start) {
        for (const auto& id : page->series) queue.push(id);
    }
    if (!pumping) pump();
}

void Service::Parts::judge(const std::string& id) {
    const auto open = store.get();
    const auto considered =
        open ? intake.consider(**open, id) : Result<std::optional<Job>>(failure(open.error()));
    if (considered) {
        queue.succeeded(id);
        watch.came(id);
        return;
    }
    const bool again = passes(considered.error()) && queue.postpone(id, SteadyClock::now());
    context.log.warning("series " + id + " is not judged" + (again ? " yet: " : ": ") +
                        considered.error().describe());
}

void Service::Parts::pump() {
    pumping = false;
    const auto id = queue.pop();
    if (!id) return;
    pumping = true;  // the next step is queued before this one can throw
    on_work([this] { pump(); });
    judge(*id);
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Service::~Service() {
    parts_->stop();
}

Result<std::unique_ptr<Service>> Service::create(ServiceContext context) {
    auto socket = WorkerSocket::listen(socket_plan(context.settings));
    if (!socket) return failure(socket.error());
    auto parts = std::make_unique<Parts>(std::move(context), std::move(*socket));
    if (auto opened = parts->store.open(); !opened)
        parts->context.log.error("the queue's database: " + opened.error().detail);
    return std::unique_ptr<Service>(new Service(std::move(parts)));
}

void Service::start() {
    parts_->start();
}
void Service::stop() {
    parts_->stop();
}

void Service::series_is_stable(const std::string& id) {
    parts_->on_work([this, id] {
        parts_->queue.push(id);
        if (!parts_->pumping) parts_->pump();
    });
}

void Service::instance_was_deleted(const std::string& id) {
    parts_->watch.left(id);
}

void Service::series_was_deleted(const std::string& id) {
    parts_->watch.left(id);
    parts_->on_work([this, id] {
        const auto open = parts_->store.get();
        const auto forgotten = open ? parts_->intake.forget(**open, id) : Result<void>(failure(open.error()));
        // Whoever leases the job of a series that has gone puts it aside: nothing is lost by not repeating
        // this.
        if (!forgotten)
            parts_->context.log.warning("series " + id + " was deleted: " + forgotten.error().describe());
    });
}

void Service::instance_arrived() {
    parts_->last_arrival = SteadyClock::now().time_since_epoch().count();
}

HttpResponse Service::answer(const HttpRequest& request) const {
    return parts_->routes.answer(request);
}
std::vector<std::string> Service::route_patterns() const {
    return parts_->routes.patterns();
}

}  // namespace spineseg
