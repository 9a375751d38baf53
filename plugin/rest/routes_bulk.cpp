// SPDX-License-Identifier: GPL-3.0-or-later
// RestRoutes: what is done to many jobs or series by one request. Each has its own answer, and what fails for one is done
// for the others all the same, unless database or archive is away or the time is over.
#include <nlohmann/json.hpp>

#include "plugin/http/asker.h"
#include "plugin/rest/request_values.h"
#include "plugin/rest/rest_routes.h"
#include "plugin/rest/route_parts.h"
#include "plugin/rest/segment_body.h"

namespace spineseg {

using nlohmann::json;

namespace {

/// After which nothing more is begun: a request must not hold one of Orthanc's threads for longer.
constexpr auto kBulkTime = std::chrono::seconds(10);
constexpr const char* kNotReached = "not reached within 10 s; ask again for the rest";

json refused_json(const Error& error) {
    return {{"Status", status_of(error)},
            {"Error", {{"Code", to_string(error.code)}, {"Detail", error.detail}}}};
}

/// One after the other. Where database or archive is away, the others are not tried: each would wait for it.
template <typename Do>
json each_of(const std::vector<std::string>& names, Do act) {
    const auto end = std::chrono::steady_clock::now() + kBulkTime;
    std::optional<Error> stopped;
    json answers = json::array();
    for (const auto& name : names) {
        if (!stopped && std::chrono::steady_clock::now() >= end)
            stopped = Error{ErrorCode::too_many_requests, kNotReached};
        Result<json> answer = stopped ? Result<json>(failure(*stopped)) : act(name);
        if (!answer && status_of(answer.error()) == 503) stopped = answer.error();
        answers.push_back(answer ? *answer : refused_json(answer.error()));
        if (answer) answers.back()["Status"] = 200;
    }
    return answers;
}

void name_each(json& answers, const char* key, const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) answers.at(i)[key] = names.at(i);
}

/// For the jobs that the body names: act(store, id, who asks) says what a job's answer has besides ID and Status.
template <typename Do>
HttpResponse for_named_jobs(const HttpRequest& request, ReopeningStore& stores, Do act) {
    const auto ids = parse_ids_body(request.body);
    if (!ids) return problem(ids.error());
    const auto open = stores.for_routes();
    if (!open) return problem(open.error());
    const auto by = asker_of(request);
    auto answers = each_of(*ids, [&](const std::string& id) -> Result<json> { return act(**open, id, by); });
    name_each(answers, "ID", *ids);
    return json_response(answers);
}

}  // namespace

HttpResponse RestRoutes::cancel_jobs(const HttpRequest& request, const std::string&) const {
    return for_named_jobs(request, context_.store,
                          [&](JobStore& store, const std::string& id, const Asker& by) -> Result<json> {
                              const auto job = cancel(store, id, by);
                              if (!job) return failure(job.error());
                              return json::object();
                          });
}

HttpResponse RestRoutes::resubmit_jobs(const HttpRequest& request, const std::string&) const {
    return for_named_jobs(request, context_.store,
                          [&](JobStore& store, const std::string& id, const Asker& by) -> Result<json> {
                              const auto job = resubmit(store, id, by);
                              if (!job) return failure(job.error());
                              return json{{"Job", reference_json(context_.settings.root, *job)}};
                          });
}

HttpResponse RestRoutes::segment_many(const HttpRequest& request, const std::string&) const {
    auto bulk = parse_bulk_segment_body(request.body, context_.settings, context_.clock());
    if (!bulk) return problem(bulk.error());
    bulk->asked.by = asker_of(request);
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    auto answers = each_of(bulk->series, [&](const std::string& id) -> Result<json> {
        if (!is_orthanc_id(id)) return failure(ErrorCode::not_found, "not an id of Orthanc");
        const auto job = context_.intake.request(**open, id, bulk->asked);
        if (!job) return failure(job.error());
        return reference_json(context_.settings.root, *job);
    });
    name_each(answers, "Series", bulk->series);
    return json_response(answers);
}

}  // namespace spineseg
