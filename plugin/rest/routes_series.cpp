// SPDX-License-Identifier: GPL-3.0-or-later
// RestRoutes: series, what the rules say of them, and asking for a job.
#include <nlohmann/json.hpp>

#include "eligibility/verdict_json.h"
#include "plugin/http/asker.h"
#include "plugin/rest/explain_page.h"
#include "plugin/rest/request_values.h"
#include "plugin/rest/rest_routes.h"
#include "plugin/rest/route_parts.h"
#include "plugin/rest/segment_body.h"
#include "plugin/rest/series_view.h"

namespace spineseg {

using nlohmann::json;

namespace {
constexpr int kJobsOfASeries = 100;
}  // namespace

HttpResponse RestRoutes::list_series(const HttpRequest& request, const std::string&) const {
    const auto filter = verdict_filter_of(request.query);
    if (!filter) return problem(filter.error());
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    const auto listed = (*store)->verdicts().list(*filter);
    if (!listed) return problem(listed.error());
    const bool expand = flag_of(request.query, "expand");
    json list = json::array();
    for (const auto& one : *listed)
        list.push_back(expand ? listed_verdict_json(one) : json(one.verdict.orthanc_series_id));
    return json_response(list);
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
    auto asked = parse_segment_body(request.body, context_.settings, context_.clock());
    if (!asked) return problem(asked.error());
    asked->by = asker_of(request);
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    if (!is_orthanc_id(id)) return no_orthanc_id();
    const auto job = context_.intake.request(**store, id, *asked);
    if (!job) return problem(job.error());
    return json_response(reference_json(context_.settings.root, *job));
}

// Neither uses the database: both answer while it is unavailable.
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
    auto page = explain_page_of(request.query);
    if (!page) return problem(page.error());
    const auto rules = parse_explain_body(request.body, context_.intake.rules(), &*page);
    if (!rules) return problem(rules.error());
    const auto answer = explain_page(context_.intake, *rules, *page);
    return answer ? json_response(*answer) : problem(answer.error());
}

}  // namespace spineseg
