// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/service/service.h"

#include <chrono>
#include <utility>

#include "core/thread_annotations.h"
#include "db/reopening_store.h"
#include "plugin/metrics/metrics.h"
#include "plugin/results/delivery.h"
#include "plugin/service/event_thread.h"
#include "plugin/service/io_loop.h"
#include "plugin/service/work_loop.h"
#include "plugin/shadow/shadow_models.h"
#include "plugin/webhooks/webhooks.h"
#include "plugin/workers/worker_registry.h"
#include "plugin/workers/worker_server.h"

namespace spineseg {
namespace {

constexpr auto kSessionsEnd = std::chrono::milliseconds(700);
/// Of the work thread for a locked database. What takes longer is a fault, and nothing waits for it.
constexpr auto kDatabasePatience = std::chrono::milliseconds(2000);

SocketPlan socket_plan(const Settings& settings) {
    return {settings.socket, settings.socket_mode, settings.socket_group, settings.worker_users};
}

IntakePlan intake_plan(const Settings& settings) {
    return {settings.segment_on_arrival,
            settings.max_attempts,
            settings.max_instances,
            settings.samples,
            settings.steps,
            settings.outputs};
}

DeliveryPlan delivery_plan(const Settings& settings) {
    return {settings.destinations, settings.superseded, settings.send_review, settings.labels};
}

QueuePolicy queue_policy(const Settings& settings) {
    QueuePolicy policy;
    policy.retry_backoff.assign(settings.retry_backoff.begin(), settings.retry_backoff.end());
    policy.priority_age = settings.priority_age;
    policy.user_open_jobs = settings.user_open_jobs;
    policy.series_requests_per_day = settings.series_requests_per_day;
    policy.busy_timeout = kDatabasePatience;
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

ModelPlan model_plan(const ServiceContext& context) {
    const auto& settings = context.settings;
    const bool named = !settings.model_folders.empty() || !settings.models.empty();
    return {settings.model_folders.empty() ? context.installed_models : settings.model_folders,
            settings.models, named};
}

WorkPlan work_plan(const ServiceContext& context) {
    return {context.stable_age, context.settings.keep_jobs_days, context.settings.keep_journal_days,
            context.settings.reconcile_on_start, context.settings.shadow_models};
}

CourierPlan courier_plan(const ServiceContext& context) {
    return {context.settings.root, context.version, std::chrono::hours(24) * context.settings.webhook_days};
}

std::vector<WatchedFolder> watched_folders(const ServiceContext& context) {
    std::vector<WatchedFolder> folders{{"database", context.settings.database.parent_path()}};
    if (!context.storage_folder.empty()) folders.push_back({"storage", context.storage_folder});
    return folders;
}

}  // namespace

struct Service::Parts {
    Parts(ServiceContext given, WorkerSocket socket, std::vector<WebhookTarget> targets);
    std::unique_ptr<WorkerServer> make_server(WorkerSocket socket);
    void start() EXCLUDES(lifecycle);
    void stop() EXCLUDES(lifecycle);

    // Any thread.
    const ServiceContext context;
    ReopeningStore store;
    WorkerRegistry registry;
    Intake intake;
    Delivery delivery;
    ModelAdmission models;
    ShadowModels shadows;
    Webhooks webhooks;
    Metrics metrics;
    const RestRoutes routes;

    // The contexts go last: a handler that never ran may hold a session or the other context.
    EventThread io_thread;
    EventThread work_thread;
    WorkLoop work;
    IoLoop io;

    Mutex lifecycle;
    bool started GUARDED_BY(lifecycle) = false;
    bool stopped GUARDED_BY(lifecycle) = false;
};

Service::Parts::Parts(ServiceContext given, WorkerSocket socket, std::vector<WebhookTarget> targets)
    : context(std::move(given)),
      store(context.settings.database, JobStore::system_clock(), queue_policy(context.settings)),
      intake(context.archive, context.rules, intake_plan(context.settings), context.log),
      delivery(context.archive, context.log, delivery_plan(context.settings)),
      models(model_plan(context)),
      shadows(context.log, context.settings.shadow_models),
      webhooks(std::move(targets), context.http, courier_plan(context), store, context.log),
      metrics(
          {store, registry, webhooks, watched_folders(context), context.version, context.archive_version}),
      routes({store, intake, registry, context.settings, context.version, context.archive_version,
              JobStore::system_clock(), context.long_polls, &metrics, &webhooks}),
      io_thread("I/O", context.log),
      work_thread("work", context.log),
      work({context.archive, intake, delivery.copied(), store, registry, metrics, context.log},
           work_plan(context), work_thread),
      io(io_thread, make_server(std::move(socket)), [this] { work.tick(); }) {
    store.prepare_with([this](JobStore& opened) {
        auto subscribed = webhooks.subscribe(opened);
        return subscribed ? metrics.begin(opened) : subscribed;
    });
}

std::unique_ptr<WorkerServer> Service::Parts::make_server(WorkerSocket socket) {
    SessionContext session{store,
                           context.archive,
                           intake,
                           delivery,
                           registry,
                           context.log,
                           session_limits(context.settings, context.version),
                           JobStore::system_clock(),
                           &models,
                           context.gate,
                           std::chrono::steady_clock::now,
                           &shadows};
    return std::make_unique<WorkerServer>(io_thread.context(), work.executor(), std::move(socket),
                                          socket_plan(context.settings), std::move(session),
                                          server_limits(context.settings));
}

void Service::Parts::start() {
    const MutexLock lock(lifecycle);
    if (started || stopped) return;
    started = true;
    work.start();
    io.start();
    webhooks.start();
}

/// Closing the socket ends the sessions, and these hand their leases back on the work thread, which must still run.
void Service::Parts::stop() {
    const MutexLock lock(lifecycle);
    if (stopped) return;
    stopped = true;
    store.writes().stop();  // requests that wait answer now
    routes.end_waiting();
    work.refuse_steps();
    if (!started) return;
    webhooks.stop();
    io.close();
    io.wait_for_sessions(kSessionsEnd);
    work_thread.stop();
    io_thread.stop();
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Service::~Service() {
    try {
        parts_->stop();
    } catch (const std::exception& e) {
        parts_->context.log.error(std::string("the service did not stop in order: ") + e.what());
    }
}

Result<std::unique_ptr<Service>> Service::create(ServiceContext context) {
    auto socket = WorkerSocket::listen(socket_plan(context.settings));
    if (!socket) return failure(socket.error());
    auto targets = webhook_targets(context.settings);
    if (!targets) return failure(targets.error());
    auto parts = std::make_unique<Parts>(std::move(context), std::move(*socket), std::move(*targets));
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
    parts_->work.series_is_stable(id);
}
void Service::series_was_deleted(const std::string& id) {
    parts_->work.series_was_deleted(id);
}
void Service::instance_was_deleted(const std::string& id) {
    parts_->work.instance_was_deleted(id);
}
void Service::instance_arrived(const std::string& id) {
    parts_->work.instance_arrived(id);
}

HttpResponse Service::answer(const HttpRequest& request) const {
    return parts_->routes.answer(request);
}
std::vector<std::string> Service::route_patterns() const {
    return parts_->routes.patterns();
}
std::vector<std::pair<std::string, double>> Service::gauges() const {
    return parts_->metrics.gauges();
}

}  // namespace spineseg
