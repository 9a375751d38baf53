// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What our REST routes answer: a request in, a response out. One table says which method of which path is answered by
/// which function; the patterns for Orthanc come from it, and a test compares it with README.md. Any thread, several at
/// once. A page of another site can change nothing (browser_guard.h); the journal says who asked (asker.h). Bodies and numbers are bounded; trouble with the database is 503 with the reason.

#include <functional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "db/reopening_store.h"
#include "plugin/http/http_messages.h"
#include "plugin/intake/intake.h"
#include "plugin/rest/web_pages.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

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
    };
    explicit RestRoutes(Context context);

    HttpResponse answer(const HttpRequest& request) const;
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

    HttpResponse list_jobs(const HttpRequest& request, const std::string&) const;
    HttpResponse show_job(const HttpRequest&, const std::string& id) const;
    HttpResponse list_journal(const HttpRequest& request, const std::string&) const;
    HttpResponse cancel_job(const HttpRequest& request, const std::string& id) const;
    HttpResponse resubmit_job(const HttpRequest& request, const std::string& id) const;
    HttpResponse show_series(const HttpRequest&, const std::string& id) const;
    HttpResponse segment_series(const HttpRequest& request, const std::string& id) const;
    HttpResponse explain_series(const HttpRequest& request, const std::string& id) const;
    HttpResponse explain_many(const HttpRequest& request, const std::string&) const;
    HttpResponse health(const HttpRequest&, const std::string&) const;
    HttpResponse app(const HttpRequest& request, const std::string& file) const;
    HttpResponse app_library(const HttpRequest& request, const std::string& file) const;

    Context context_;
    WebApp web_;
};

}  // namespace spineseg
