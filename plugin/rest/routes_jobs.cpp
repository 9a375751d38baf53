// SPDX-License-Identifier: GPL-3.0-or-later
// RestRoutes: the list of jobs, and one job.
#include <nlohmann/json.hpp>

#include "plugin/http/asker.h"
#include "plugin/rest/job_view.h"
#include "plugin/rest/request_values.h"
#include "plugin/rest/rest_routes.h"
#include "plugin/rest/route_parts.h"
#include "plugin/rest/segment_body.h"

namespace spineseg {

using nlohmann::json;

HttpResponse RestRoutes::list_jobs(const HttpRequest& request, const std::string&) const {
    const auto filter = job_filter_of(request.query);
    if (!filter) return problem(filter.error());
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    const auto jobs = (*store)->jobs(*filter);
    if (!jobs) return problem(jobs.error());
    json list = json::array();
    if (!flag_of(request.query, "expand")) {
        for (const auto& job : *jobs) list.push_back(job.id);
        return json_response(list);
    }
    auto scanners = (*store)->scanners(*jobs);
    if (!scanners) return problem(scanners.error());
    for (const auto& job : *jobs) {
        list.push_back(job_json(job, context_.settings.root));
        list.back()["Scanner"] = scanner_json((*scanners)[job.id]);
    }
    return json_response(list);
}

/// A job with everything that is known of it.
Result<json> RestRoutes::whole_job(JobStore& store, const Job& job) const {
    auto scanners = store.scanners({job});
    if (!scanners) return failure(scanners.error());
    const auto journal = store.journal().of(job.id);
    if (!journal) return failure(journal.error());
    const auto attempts = store.attempts().of(job.id);
    if (!attempts) return failure(attempts.error());
    const auto copied = store.results().copied(job.id);
    if (!copied) return failure(copied.error());
    auto view = job_json(job, context_.settings.root);
    view["Scanner"] = scanner_json((*scanners)[job.id]);
    view["Journal"] = journal_json(*journal);
    view["AttemptHistory"] = attempts_json(*attempts);
    view["CopiedResults"] = copied_json(*copied);
    return view;
}

HttpResponse RestRoutes::show_job(const HttpRequest&, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    const auto job = find_requested(**open, id);
    if (!job) return problem(job.error());
    const auto view = whole_job(**open, *job);
    return view ? json_response(*view) : problem(view.error());
}

/// The store is taken anew for each look: one that is held over a wait could not be opened anew.
HttpResponse RestRoutes::wait_for_job(const HttpRequest& request, const std::string& id) const {
    const auto timeout = timeout_of(request.query);
    if (!timeout) return problem(timeout.error());
    Result<json> view = json();
    const bool waited = polls_->wait(*timeout, [&] {
        const auto open = context_.store.for_routes();
        const auto job = open ? find_requested(**open, id) : Result<Job>(failure(open.error()));
        view = job ? whole_job(**open, *job) : Result<json>(failure(job.error()));
        return !view || is_final(job->state);
    });
    if (!view) return problem(view.error());
    (*view)["Waited"] = waited;
    return json_response(*view);
}

HttpResponse RestRoutes::cancel_job(const HttpRequest& request, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    const auto job = cancel(**open, id, asker_of(request));
    return job ? json_response(job_json(*job, context_.settings.root)) : problem(job.error());
}

HttpResponse RestRoutes::resubmit_job(const HttpRequest& request, const std::string& id) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    const auto job = resubmit(**open, id, asker_of(request));
    return job ? json_response(reference_json(context_.settings.root, *job)) : problem(job.error());
}

HttpResponse RestRoutes::set_priority(const HttpRequest& request, const std::string& id) const {
    const auto priority = parse_priority_body(request.body);
    if (!priority) return problem(priority.error());
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    if (const auto known = find_requested(**open, id); !known) return problem(known.error());
    const auto job = (*open)->control().set_priority(id, *priority, asker_of(request));
    return job ? json_response(job_json(*job, context_.settings.root)) : problem(job.error());
}

Result<Job> RestRoutes::cancel(JobStore& store, const std::string& id, const Asker& by) const {
    if (const auto known = find_requested(store, id); !known) return failure(known.error());
    return context_.intake.cancel(store, id, by);
}

Result<Job> RestRoutes::resubmit(JobStore& store, const std::string& id, const Asker& by) const {
    const auto old = find_requested(store, id);
    if (!old) return failure(old.error());
    if (!is_final(old->state)) return failure(ErrorCode::invalid_argument, "the job has not ended");
    HandRequest asked;
    asked.samples = old->request.samples;
    asked.steps = old->request.steps;
    asked.seed = old->request.seed;
    asked.priority = old->priority;
    asked.force = true;  // it was let in once; what the rules say now does not undo that
    asked.by = by;
    return context_.intake.request(store, old->orthanc_series_id, asked);
}

}  // namespace spineseg
