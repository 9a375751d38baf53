// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/rest_routes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/wire/messages.h"
#include "eligibility/verdict_json.h"
#include "plugin/http/asker.h"
#include "plugin/http/browser_guard.h"
#include "plugin/http/route_pattern.h"
#include "plugin/rest/explain_page.h"
#include "plugin/rest/health_view.h"
#include "plugin/rest/job_view.h"
#include "plugin/rest/listed_job.h"
#include "plugin/rest/request_values.h"
#include "plugin/rest/segment_body.h"
#include "plugin/rest/series_view.h"
#include "plugin/rest/web_pages.h"
#include "plugin/rest/worker_view.h"

namespace spineseg {
namespace {

using nlohmann::json;

constexpr int kJobsOfASeries = 100;

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

Result<Job> find_requested(JobStore& store, const std::string& id) {
    if (!is_job_id(id)) return failure(ErrorCode::not_found, "there is no such job");
    return store.job(id);
}

HttpResponse no_orthanc_id() {
    return problem(404, "Unknown resource", "not an id of Orthanc");
}

json reference(const std::string& root, const Job& job) {
    return {{"ID", job.id}, {"Path", root + "jobs/" + job.id}};
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
        {"GET", true, "jobs", &RestRoutes::list_jobs},
        {"GET", true, "jobs/{id}", &RestRoutes::show_job},
        {"POST", true, "jobs/{id}/cancel", &RestRoutes::cancel_job},
        {"POST", true, "jobs/{id}/resubmit", &RestRoutes::resubmit_job},
        {"GET", true, "series/{id}", &RestRoutes::show_series},
        {"GET,POST", true, "series/{id}/explain", &RestRoutes::explain_series},
        {"GET,POST", true, "explain", &RestRoutes::explain_many},
        {"GET", true, "journal", &RestRoutes::list_journal},
        {"GET", true, "health", &RestRoutes::health},
        {"GET", true, "app", &RestRoutes::app},
        {"GET,POST", false, "series/{id}/explain", &RestRoutes::explain_series},
        {"POST", false, "series/{id}/segment", &RestRoutes::segment_series},
    };
    return routes;
}

RestRoutes::RestRoutes(Context context) : context_(std::move(context)) {}

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

HttpResponse RestRoutes::list_jobs(const HttpRequest& request, const std::string&) const {
    const auto filter = job_filter_of(request.query);
    if (!filter) return problem(filter.error());
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    if (!flag_of(request.query, "expand")) {
        const auto ids = (*store)->job_ids(*filter);
        return ids ? json_response(json(*ids)) : problem(ids.error());
    }
    const auto jobs = (*store)->jobs(*filter);
    if (!jobs) return problem(jobs.error());
    JsonListText list;
    for (const auto& job : *jobs) {
        auto [view, summary] = listed_job(job, context_.settings.root);
        summary.empty() ? list.add(std::move(view)) : list.add(std::move(view), "Summary", summary);
    }
    return std::move(list).response();
}

HttpResponse RestRoutes::show_job(const HttpRequest&, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    JobStore& store = **open;
    const auto job = find_requested(store, id);
    if (!job) return problem(job.error());
    const auto journal = store.journal().of(id);
    if (!journal) return problem(journal.error());
    const auto attempts = store.attempts().of(id);
    if (!attempts) return problem(attempts.error());
    const auto copied = store.results().copied(id);
    if (!copied) return problem(copied.error());
    auto view = job_json(*job, context_.settings.root);
    view["Journal"] = journal_json(*journal);
    view["AttemptHistory"] = attempts_json(*attempts);
    view["CopiedResults"] = copied_json(*copied);
    return json_response(view);
}

HttpResponse RestRoutes::list_journal(const HttpRequest& request, const std::string&) const {
    const auto limit = journal_limit_of(request.query);
    if (!limit) return problem(limit.error());
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    const auto entries = (*store)->journal().newest(*limit);
    return entries ? json_response(journal_json(*entries)) : problem(entries.error());
}

HttpResponse RestRoutes::cancel_job(const HttpRequest& request, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    JobStore& store = **open;
    if (const auto known = find_requested(store, id); !known) return problem(known.error());
    const auto job = context_.intake.cancel(store, id, asker_of(request));
    if (!job) return problem(job.error());
    return json_response(job_json(*job, context_.settings.root));
}

HttpResponse RestRoutes::resubmit_job(const HttpRequest& request, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    JobStore& store = **open;
    const auto old = find_requested(store, id);
    if (!old) return problem(old.error());
    if (!is_final(old->state)) return problem(400, "Bad request", "the job has not ended");
    HandRequest asked;
    asked.samples = old->request.samples;
    asked.steps = old->request.steps;
    asked.seed = old->request.seed;
    asked.priority = old->priority;
    asked.force = true;  // it was let in once; what the rules say now does not undo that
    asked.by = asker_of(request);
    const auto job = context_.intake.request(store, old->orthanc_series_id, asked);
    if (!job) return problem(job.error());
    return json_response(reference(context_.settings.root, *job));
}

HttpResponse RestRoutes::show_series(const HttpRequest&, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    JobStore& store = **open;
    if (!is_orthanc_id(id)) return no_orthanc_id();
    const auto verdict = store.verdicts().of(id);
    if (!verdict) return problem(verdict.error());
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = id, .limit = kJobsOfASeries});
    if (!jobs) return problem(jobs.error());
    SeriesState state{id, *verdict, {}, *jobs, {}};
    if (!state.verdict) {
        // Not judged yet, or a job is queued and its verdict, which is written last, on the way, or gone.
        // Orthanc knows whether there is such a series, and the rules say what they would.
        state.preview = context_.intake.explain(id);
        if (!*state.preview && jobs->empty()) return problem(state.preview->error());
    }
    if (!jobs->empty()) {
        auto copied = store.results().copied(jobs->front().id);
        if (!copied) return problem(copied.error());
        state.copied = std::move(*copied);
    }
    return json_response(series_view(state, context_.settings.root));
}

HttpResponse RestRoutes::segment_series(const HttpRequest& request, const std::string& id) const {
    auto asked = parse_segment_body(request.body, context_.settings);
    if (!asked) return problem(asked.error());
    asked->by = asker_of(request);
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    if (!is_orthanc_id(id)) return no_orthanc_id();
    const auto job = context_.intake.request(**store, id, *asked);
    if (!job) return problem(job.error());
    return json_response(reference(context_.settings.root, *job));
}

// Neither needs the database, so that a verdict can be had while that is away.
HttpResponse RestRoutes::explain_series(const HttpRequest& request, const std::string& id) const {
    if (!is_orthanc_id(id)) return no_orthanc_id();
    const auto rules = parse_explain_body(request.body, context_.intake.rules());
    if (!rules) return problem(rules.error());
    const auto verdict = context_.intake.explain(id, *rules);
    if (!verdict) return problem(verdict.error());
    auto view = explanation_json(*verdict);
    view["ID"] = id;
    return json_response(view);
}

HttpResponse RestRoutes::explain_many(const HttpRequest& request, const std::string&) const {
    const auto page = explain_page_of(request.query);
    if (!page) return problem(page.error());
    const auto rules = parse_explain_body(request.body, context_.intake.rules());
    if (!rules) return problem(rules.error());
    const auto answer = explain_page(context_.intake, *rules, *page);
    return answer ? json_response(*answer) : problem(answer.error());
}

HttpResponse RestRoutes::app(const HttpRequest&, const std::string&) const {
    const auto page = status_page(context_.settings.root);
    return {200, "text/html; charset=utf-8", page, {}, {{"Content-Security-Policy", page_policy(page)}}};
}

HttpResponse RestRoutes::health(const HttpRequest&, const std::string&) const {
    json view{{"Version", context_.version},
              {"ArchiveVersion", context_.archive_version()},
              {"Protocol", wire::kProtocolVersion},
              {"Time", iso8601(context_.clock())}};
    view["Workers"] = workers_json(context_.registry.workers());
    const bool available = show_queue(context_.store, context_.registry, view);
    return json_response(view, available ? 200 : 503);
}

}  // namespace spineseg
