// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What our REST routes answer, without Orthanc's HTTP server: a request in, a response out. Any thread,
/// several at once. Bodies and numbers are bounded; trouble with the database is 503 with the reason.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/settings.h"
#include "plugin/intake.h"
#include "plugin/reopening_store.h"
#include "plugin/worker_registry.h"

namespace spineseg {

enum class HttpMethod { get, post, put, del };

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string path;  ///< as asked for, without the query
    std::map<std::string, std::string> query;
    std::string body;
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string allow;  ///< for 405
};

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

  private:
    HttpResponse list_jobs(const HttpRequest& request) const;
    HttpResponse show_job(const std::string& id) const;
    HttpResponse cancel_job(const std::string& id) const;
    HttpResponse resubmit_job(const std::string& id) const;
    HttpResponse show_series(const std::string& id) const;
    HttpResponse segment_series(const std::string& id, const HttpRequest& request) const;
    HttpResponse explain_series(const std::string& id, const HttpRequest& request) const;
    HttpResponse explain_many(const HttpRequest& request) const;
    HttpResponse health() const;

    Context context_;
};

}  // namespace spineseg
