// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/rest_routes.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "plugin/http/browser_guard.h"
#include "plugin/http/route_pattern.h"
#include "plugin/rest/openapi_document.h"
#include "plugin/rest/web_pages.h"

namespace spineseg {
namespace {

const char* name_of_method(HttpMethod method) {
    switch (method) {
        case HttpMethod::get:
            return "GET";
        case HttpMethod::post:
            return "POST";
        case HttpMethod::put:
            return "PUT";
        default:
            return "DELETE";
    }
}

}  // namespace

struct RestRoutes::Route {
    const char* methods;  ///< as in the header Allow
    bool below_root;      ///< else it is a path in Orthanc's own tree
    const char* pattern;
    HttpResponse (RestRoutes::*handler)(const HttpRequest& request, const std::string& id) const;

    std::string path(const std::string& root) const { return (below_root ? root : "/") + pattern; }
    bool allows(HttpMethod method) const {
        return ("," + std::string(methods) + ",").find("," + std::string(name_of_method(method)) + ",") !=
               std::string::npos;
    }
};

const std::vector<RestRoutes::Route>& RestRoutes::table() {
    static const std::vector<Route> routes{
        // Names before ids: the first that matches answers.
        {"GET", true, "jobs", &RestRoutes::list_jobs},
        {"POST", true, "jobs/cancel", &RestRoutes::cancel_jobs},
        {"POST", true, "jobs/resubmit", &RestRoutes::resubmit_jobs},
        {"GET", true, "jobs/{id}", &RestRoutes::show_job},
        {"GET", true, "jobs/{id}/wait", &RestRoutes::wait_for_job},
        {"GET", true, "jobs/{id}/journal", &RestRoutes::job_journal},
        {"POST", true, "jobs/{id}/cancel", &RestRoutes::cancel_job},
        {"POST", true, "jobs/{id}/resubmit", &RestRoutes::resubmit_job},
        {"POST", true, "jobs/{id}/priority", &RestRoutes::set_priority},
        {"GET", true, "queue", &RestRoutes::show_queue_state},
        {"POST", true, "queue/pause", &RestRoutes::pause_queue},
        {"POST", true, "queue/drain", &RestRoutes::drain_queue},
        {"POST", true, "queue/resume", &RestRoutes::resume_queue},
        {"GET", true, "changes", &RestRoutes::list_changes},
        {"GET", true, "series", &RestRoutes::list_series},
        {"GET", true, "series/{id}", &RestRoutes::show_series},
        {"GET,POST", true, "series/{id}/explain", &RestRoutes::explain_series},
        {"GET,POST", true, "explain", &RestRoutes::explain_many},
        {"POST", true, "segment", &RestRoutes::segment_many},
        {"GET", true, "journal", &RestRoutes::list_journal},
        {"GET", true, "health", &RestRoutes::health},
        {"GET", true, "shadow", &RestRoutes::list_shadow_runs},
        {"GET", true, "openapi.json", &RestRoutes::show_document},
        {"GET", true, "app", &RestRoutes::app},
        {"GET,POST", false, "series/{id}/explain", &RestRoutes::explain_series},
        {"POST", false, "series/{id}/segment", &RestRoutes::segment_series},
    };
    return routes;
}

RestRoutes::RestRoutes(Context context)
    : context_(std::move(context)),
      polls_(std::make_unique<LongPolls>(context_.store.writes(), context_.long_polls)) {}

std::vector<RestRoutes::Path> RestRoutes::paths() const {
    std::vector<Path> all;
    for (const auto& route : table()) all.push_back({route.methods, route.path(context_.settings.root)});
    return all;
}

std::vector<std::string> RestRoutes::patterns() const {
    std::vector<std::string> expressions;
    for (const auto& [methods, path] : paths()) {
        auto expression = path;
        if (const auto at = expression.find(kIdSegment); at != std::string::npos)
            expression.replace(at, kIdSegment.size(), "([^/]+)");
        expressions.push_back(std::move(expression));
    }
    return expressions;
}

HttpResponse RestRoutes::answer(const HttpRequest& request) const {
    auto response = routed(request);
    add_security_headers(response);
    return response;
}

HttpResponse RestRoutes::routed(const HttpRequest& request) const {
    const auto path = path_segments(request.path);
    for (const auto& route : table()) {
        const auto id = matched_id(path_segments(route.path(context_.settings.root)), path);
        if (!id) continue;
        if (!route.allows(request.method)) return not_allowed(route.methods);
        if (auto refused = refuse_foreign_page(request, context_.settings.allowed_origins)) return *refused;
        return (this->*route.handler)(request, *id);
    }
    return problem(404, "Unknown resource");
}

HttpResponse RestRoutes::show_document(const HttpRequest&, const std::string&) const {
    return json_response(openapi_document(context_.settings.root, context_.version));
}

HttpResponse RestRoutes::app(const HttpRequest&, const std::string&) const {
    const auto page = status_page(context_.settings.root);
    return {200, "text/html; charset=utf-8", page, {}, {{"Content-Security-Policy", page_policy(page)}}};
}

}  // namespace spineseg
