// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest_routes.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "core/wire/messages.h"
#include "eligibility/verdict_json.h"
#include "plugin/explain_page.h"
#include "plugin/job_view.h"
#include "plugin/known_model.h"
#include "plugin/segment_body.h"
#include "plugin/series_view.h"
#include "plugin/web_pages.h"
#include "plugin/worker_view.h"

namespace spineseg {
namespace {

using nlohmann::json;

constexpr int kMaxListed = 10'000;
constexpr int kDefaultListed = 1'000;

HttpResponse answer_json(const json& body, int status = 200) {
    // Texts from DICOM may be anything: what is not UTF-8 is replaced rather than thrown upon.
    return {status, "application/json", body.dump(2, ' ', false, json::error_handler_t::replace) + "\n", {}};
}

HttpResponse problem(int status, const std::string& message, const std::string& details = {}) {
    return answer_json({{"HttpStatus", status}, {"Message", message}, {"Details", details}}, status);
}

HttpResponse problem(const Error& error) {
    switch (error.code) {
        case ErrorCode::database_unavailable:
        case ErrorCode::storage_full:
            return problem(503, "The database is unavailable", error.detail);
        case ErrorCode::archive_unavailable:
            return problem(503, "The archive is unavailable", error.detail);
        case ErrorCode::not_found:
            return problem(404, "Unknown resource", error.detail);
        case ErrorCode::invalid_argument:
            return problem(400, "Bad request", error.detail);
        default:
            return problem(500, "Internal error", error.describe());
    }
}

HttpResponse not_allowed(const char* allow) {
    auto response = problem(405, "Method not allowed", std::string("allowed: ") + allow);
    response.allow = allow;
    return response;
}

bool is_job_id(std::string_view id) {
    return id.size() == 36 && id.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}
bool is_orthanc_id(std::string_view id) {
    return id.size() == 44 && id.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

std::vector<std::string> segments(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto cut = path.find('/');
        if (cut != 0) parts.emplace_back(path.substr(0, cut));
        if (cut == std::string_view::npos) break;
        path.remove_prefix(cut + 1);
    }
    return parts;
}

std::optional<int> to_int(const std::string& text, int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
        return std::nullopt;
    return value;
}

/// ?expand, ?expand=true: Orthanc's own reading of a flag.
bool flag(const HttpRequest& request, const char* name) {
    const auto found = request.query.find(name);
    return found != request.query.end() && found->second != "false" && found->second != "0";
}

Result<JobFilter> filter_of(const HttpRequest& request) {
    JobFilter filter;
    filter.limit = kDefaultListed;
    for (const auto& [key, value] : request.query) {
        if (key == "state") {
            filter.state = value == "deleted" ? JobState::done : state_from_public(value);
            if (filter.state == JobState::done) filter.results_gone = value == "deleted";
            if (!filter.state)
                return failure(ErrorCode::invalid_argument,
                               "state must be queued, running, done, deleted, rejected, failed or canceled");
        } else if (key == "series") {
            if (!is_orthanc_id(value))
                return failure(ErrorCode::invalid_argument, "series must be an Orthanc id");
            filter.orthanc_series_id = value;
        } else if (key == "limit") {
            const auto limit = to_int(value, 1, kMaxListed);
            if (!limit)
                return failure(ErrorCode::invalid_argument,
                               "limit must be 1 to " + std::to_string(kMaxListed));
            filter.limit = *limit;
        }
    }
    return filter;
}

json counts_json(const QueueCounts& counts) {
    return {{"Queued", counts.queued},     {"Running", counts.leased}, {"Done", counts.done},
            {"Rejected", counts.rejected}, {"Failed", counts.failed},  {"Canceled", counts.canceled},
            {"Deleted", counts.deleted}};
}

json reference(const std::string& root, const Job& job) {
    return {{"ID", job.id}, {"Path", root + "jobs/" + job.id}};
}

}  // namespace

RestRoutes::RestRoutes(Context context) : context_(std::move(context)) {}

std::vector<std::string> RestRoutes::patterns() const {
    const auto& root = context_.settings.root;
    return {root + "jobs",
            root + "jobs/([^/]+)",
            root + "jobs/([^/]+)/(cancel|resubmit)",
            root + "series/([^/]+)",
            root + "series/([^/]+)/explain",
            root + "explain",
            root + "health",
            root + "app",
            "/series/([^/]+)/(segment|explain)"};
}

HttpResponse RestRoutes::answer(const HttpRequest& request) const {
    const bool get = request.method == HttpMethod::get;
    const bool post = request.method == HttpMethod::post;
    if (!request.path.starts_with(context_.settings.root)) {
        const auto parts = segments(request.path);
        if (parts.size() != 3 || parts[0] != "series") return problem(404, "Unknown resource");
        if (parts[2] == "explain")
            return get || post ? explain_series(parts[1], request) : not_allowed("GET,POST");
        if (parts[2] != "segment") return problem(404, "Unknown resource");
        return post ? segment_series(parts[1], request) : not_allowed("POST");
    }
    const auto parts = segments(std::string_view(request.path).substr(context_.settings.root.size()));
    if (parts.size() == 1 && parts[0] == "health") return get ? health() : not_allowed("GET");
    if (parts.size() == 1 && parts[0] == "app")
        return get ? HttpResponse{200, "text/html; charset=utf-8", status_page(context_.settings.root), {}}
                   : not_allowed("GET");
    if (parts.size() == 1 && parts[0] == "jobs") return get ? list_jobs(request) : not_allowed("GET");
    if (parts.size() == 2 && parts[0] == "jobs") return get ? show_job(parts[1]) : not_allowed("GET");
    if (parts.size() == 2 && parts[0] == "series") return get ? show_series(parts[1]) : not_allowed("GET");
    if (parts.size() == 1 && parts[0] == "explain")
        return get || post ? explain_many(request) : not_allowed("GET,POST");
    if (parts.size() == 3 && parts[0] == "series" && parts[2] == "explain")
        return get || post ? explain_series(parts[1], request) : not_allowed("GET,POST");
    if (parts.size() == 3 && parts[0] == "jobs" && parts[2] == "cancel")
        return post ? cancel_job(parts[1]) : not_allowed("POST");
    if (parts.size() == 3 && parts[0] == "jobs" && parts[2] == "resubmit")
        return post ? resubmit_job(parts[1]) : not_allowed("POST");
    return problem(404, "Unknown resource");
}

HttpResponse RestRoutes::list_jobs(const HttpRequest& request) const {
    const auto filter = filter_of(request);
    if (!filter) return problem(filter.error());
    const auto store = context_.store.get();
    if (!store) return problem(store.error());
    const auto jobs = (*store)->jobs(*filter);
    if (!jobs) return problem(jobs.error());
    const bool expand = flag(request, "expand");
    json list = json::array();
    for (const auto& job : *jobs)
        list.push_back(expand ? job_json(job, context_.settings.root) : json(job.id));
    return answer_json(list);
}

HttpResponse RestRoutes::show_job(const std::string& id) const {
    const auto store = context_.store.get();
    if (!store) return problem(store.error());
    if (!is_job_id(id)) return problem(404, "Unknown resource", "there is no such job");
    const auto job = (*store)->job(id);
    if (!job) return problem(job.error());
    if (!*job) return problem(404, "Unknown resource", "there is no such job");
    const auto journal = (*store)->journal(id);
    if (!journal) return problem(journal.error());
    auto view = job_json(**job, context_.settings.root);
    view["Journal"] = journal_json(*journal);
    const auto copied = (*store)->results().copied(id);
    if (!copied) return problem(copied.error());
    view["CopiedResults"] = copied_json(*copied);
    return answer_json(view);
}

HttpResponse RestRoutes::cancel_job(const std::string& id) const {
    const auto store = context_.store.get();
    if (!store) return problem(store.error());
    if (!is_job_id(id)) return problem(404, "Unknown resource", "there is no such job");
    const auto job = (*store)->cancel(id);
    if (!job) return problem(job.error());
    return answer_json(job_json(*job, context_.settings.root));
}

HttpResponse RestRoutes::resubmit_job(const std::string& id) const {
    const auto store = context_.store.get();
    if (!store) return problem(store.error());
    if (!is_job_id(id)) return problem(404, "Unknown resource", "there is no such job");
    const auto old = (*store)->job(id);
    if (!old) return problem(old.error());
    if (!*old) return problem(404, "Unknown resource", "there is no such job");
    if (!is_final((*old)->state)) return problem(400, "Bad request", "the job has not ended");
    HandRequest asked;
    asked.samples = (*old)->request.samples;
    asked.steps = (*old)->request.steps;
    asked.seed = (*old)->request.seed;
    asked.priority = (*old)->priority;
    asked.force = true;  // it was let in once; what the rules say now does not undo that
    const auto job = context_.intake.request(**store, (*old)->orthanc_series_id, asked);
    if (!job) return problem(job.error());
    return answer_json(reference(context_.settings.root, *job));
}

HttpResponse RestRoutes::show_series(const std::string& id) const {
    const auto store = context_.store.get();
    if (!store) return problem(store.error());
    if (!is_orthanc_id(id)) return problem(404, "Unknown resource", "not an id of Orthanc");
    const auto verdict = (*store)->verdict(id);
    if (!verdict) return problem(verdict.error());
    const auto jobs = (*store)->jobs({.state = {}, .orthanc_series_id = id, .limit = 100});
    if (!jobs) return problem(jobs.error());
    SeriesState state{id, *verdict, {}, *jobs, {}};
    if (!*verdict) {
        // Not judged yet, or a job is queued and its verdict, which is written last, on the way, or gone.
        // Orthanc knows whether there is such a series, and the rules say what they would.
        state.preview = context_.intake.explain(id);
        if (!*state.preview && jobs->empty()) return problem(state.preview->error());
    }
    if (!jobs->empty()) {
        auto copied = (*store)->results().copied(jobs->front().id);
        if (!copied) return problem(copied.error());
        state.copied = std::move(*copied);
    }
    return answer_json(series_view(state, context_.settings.root));
}

HttpResponse RestRoutes::segment_series(const std::string& id, const HttpRequest& request) const {
    const auto asked = parse_segment_body(request.body, context_.settings);
    if (!asked) return problem(asked.error());
    const auto store = context_.store.get();
    if (!store) return problem(store.error());
    if (!is_orthanc_id(id)) return problem(404, "Unknown resource", "not an id of Orthanc");
    const auto job = context_.intake.request(**store, id, *asked);
    if (!job) return problem(job.error());
    return answer_json(reference(context_.settings.root, *job));
}

// Neither needs the database, so that a verdict can be had while that is away.
HttpResponse RestRoutes::explain_series(const std::string& id, const HttpRequest& request) const {
    if (!is_orthanc_id(id)) return problem(404, "Unknown resource", "not an id of Orthanc");
    const auto rules = parse_explain_body(request.body, context_.intake.rules());
    if (!rules) return problem(rules.error());
    const auto verdict = context_.intake.explain(id, *rules);
    if (!verdict) return problem(verdict.error());
    auto view = explanation_json(*verdict);
    view["ID"] = id;
    return answer_json(view);
}

HttpResponse RestRoutes::explain_many(const HttpRequest& request) const {
    const auto page = explain_page_of(request.query);
    if (!page) return problem(page.error());
    const auto rules = parse_explain_body(request.body, context_.intake.rules());
    if (!rules) return problem(rules.error());
    const auto answer = explain_page(context_.intake, *rules, *page);
    return answer ? answer_json(*answer) : problem(answer.error());
}

HttpResponse RestRoutes::health() const {
    json view{{"Version", context_.version},
              {"ArchiveVersion", context_.archive_version()},
              {"Protocol", wire::kProtocolVersion},
              {"Time", iso8601(context_.clock())}};
    const auto workers = context_.registry.workers();
    view["Workers"] = workers_json(workers);
    const auto store = context_.store.get();
    const auto counts = store ? (*store)->counts() : Result<QueueCounts>(failure(store.error()));
    view["Database"] = counts ? "ok" : counts.error().describe();
    view["Queue"] = counts ? counts_json(*counts) : json(nullptr);
    view["Model"] = nullptr;
    if (store) {
        const auto model = known_model(**store);
        if (model && !model->digest.empty()) view["Model"] = {{"ID", model->id}, {"Digest", model->digest}};
    }
    view["Status"] = !counts ? std::string("database_unavailable") : std::string(workers_status(workers));
    return answer_json(view, counts ? 200 : 503);
}

}  // namespace spineseg
