// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What our REST routes answer: a request in, a response out. One table says which method of which path is answered by
/// which function; the patterns for Orthanc come from it, and a test compares it with README.md. Any thread, several at
/// once. A page of another site can change nothing (browser_guard.h); the journal says who asked (asker.h). Bodies and numbers are bounded; trouble with the database is 503 with the reason.

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "config/settings.h"
#include "db/reopening_store.h"
#include "plugin/http/http_messages.h"
#include "plugin/intake/intake.h"
#include "plugin/rest/long_polls.h"
#include "plugin/rest/web_pages.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

class Metrics;
class Webhooks;

class RestRoutes {
  public:
    struct Context {
        ReopeningStore& store;
        Intake& intake;
        WorkerRegistry& registry;
        const Settings& settings;
        std::string version;
        std::function<std::string()> archive_version;
        JobStore::Clock clock = JobStore::system_clock();
        int long_polls = LongPolls::kMost;  ///< how many requests may wait at a time
        /// Both may be absent in tests of other things; then there are no such resources.
        Metrics* metrics = nullptr;
        const Webhooks* webhooks = nullptr;
    };
    explicit RestRoutes(Context context);

    HttpResponse answer(const HttpRequest& request) const;
    /// Until the requests that wait have their answers, at most a second: once the store's WriteSignal was stopped.
    void end_waiting() const { polls_->end(std::chrono::seconds(1)); }
    /// Regular expressions of the paths to register with the SDK.
    std::vector<std::string> patterns() const;

    struct Path {
        std::string methods;  ///< "GET", "POST" or "GET,POST"
        std::string path;     ///< "/spineseg/jobs/{id}"
    };
    /// The table, for the documentation.
    std::vector<Path> paths() const;

  private:
    struct Route;
    static const std::vector<Route>& table();
    HttpResponse routed(const HttpRequest& request) const;

    // routes_jobs.cpp
    HttpResponse list_jobs(const HttpRequest& request, const std::string&) const;
    HttpResponse show_job(const HttpRequest&, const std::string& id) const;
    HttpResponse wait_for_job(const HttpRequest& request, const std::string& id) const;
    HttpResponse cancel_job(const HttpRequest& request, const std::string& id) const;
    HttpResponse resubmit_job(const HttpRequest& request, const std::string& id) const;
    HttpResponse set_priority(const HttpRequest& request, const std::string& id) const;
    Result<nlohmann::json> whole_job(JobStore& store, const Job& job) const;
    Result<Job> cancel(JobStore& store, const std::string& id, const Asker& by) const;
    Result<Job> resubmit(JobStore& store, const std::string& id, const Asker& by) const;
    // routes_bulk.cpp
    HttpResponse cancel_jobs(const HttpRequest& request, const std::string&) const;
    HttpResponse resubmit_jobs(const HttpRequest& request, const std::string&) const;
    HttpResponse segment_many(const HttpRequest& request, const std::string&) const;
    // routes_queue.cpp
    HttpResponse show_queue_state(const HttpRequest&, const std::string&) const;
    HttpResponse pause_queue(const HttpRequest& request, const std::string&) const;
    HttpResponse drain_queue(const HttpRequest& request, const std::string&) const;
    HttpResponse resume_queue(const HttpRequest& request, const std::string&) const;
    HttpResponse set_queue_mode(const HttpRequest& request, QueueMode mode) const;
    HttpResponse list_changes(const HttpRequest& request, const std::string&) const;
    HttpResponse health(const HttpRequest&, const std::string&) const;
    // routes_series.cpp
    HttpResponse list_series(const HttpRequest& request, const std::string&) const;
    HttpResponse show_series(const HttpRequest&, const std::string& id) const;
    HttpResponse segment_series(const HttpRequest& request, const std::string& id) const;
    HttpResponse explain_series(const HttpRequest& request, const std::string& id) const;
    HttpResponse explain_many(const HttpRequest& request, const std::string&) const;
    // routes_journal.cpp
    HttpResponse list_journal(const HttpRequest& request, const std::string&) const;
    HttpResponse job_journal(const HttpRequest&, const std::string& id) const;
    // routes_shadow.cpp
    HttpResponse list_shadow_runs(const HttpRequest& request, const std::string&) const;
    // routes_monitoring.cpp
    HttpResponse show_metrics(const HttpRequest& request, const std::string&) const;
    HttpResponse show_webhooks(const HttpRequest&, const std::string&) const;
    // rest_routes.cpp
    HttpResponse show_document(const HttpRequest&, const std::string&) const;
    HttpResponse app(const HttpRequest& request, const std::string& file) const;
    HttpResponse app_library(const HttpRequest& request, const std::string& file) const;

    Context context_;
    std::unique_ptr<LongPolls> polls_;
    WebApp web_;
};

}  // namespace spineseg
