// SPDX-License-Identifier: GPL-3.0-or-later
// RestRoutes: the queue as a whole, what changed in it, and whether all is well.
#include <nlohmann/json.hpp>

#include "core/wire/messages.h"
#include "plugin/http/asker.h"
#include "plugin/intake/off_peak.h"
#include "plugin/rest/health_view.h"
#include "plugin/rest/job_view.h"
#include "plugin/rest/queue_view.h"
#include "plugin/rest/request_values.h"
#include "plugin/rest/rest_routes.h"
#include "plugin/rest/worker_view.h"

namespace spineseg {

using nlohmann::json;

HttpResponse RestRoutes::show_queue_state(const HttpRequest&, const std::string&) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    JobStore& store = **open;
    const auto now = context_.clock();
    const auto midnight = local_midnight(now);
    // The number first: what changes meanwhile is told again.
    const auto last = store.changes().since(std::nullopt);
    if (!last) return problem(last.error());
    const auto mode = store.control().mode();
    if (!mode) return problem(mode.error());
    const auto counts = store.counts();
    if (!counts) return problem(counts.error());
    const auto figures = store.control().figures(midnight);
    if (!figures) return problem(figures.error());
    return json_response(queue_json(*mode, *counts, *figures, midnight, now, last->last));
}

HttpResponse RestRoutes::set_queue_mode(const HttpRequest& request, QueueMode mode) const {
    const auto open = context_.store.for_routes();
    if (!open) return problem(open.error());
    if (auto set = (*open)->control().set_mode(mode, asker_of(request)); !set) return problem(set.error());
    return show_queue_state(request, {});
}

HttpResponse RestRoutes::pause_queue(const HttpRequest& request, const std::string&) const {
    return set_queue_mode(request, QueueMode::paused);
}
HttpResponse RestRoutes::drain_queue(const HttpRequest& request, const std::string&) const {
    return set_queue_mode(request, QueueMode::draining);
}
HttpResponse RestRoutes::resume_queue(const HttpRequest& request, const std::string&) const {
    return set_queue_mode(request, QueueMode::running);
}

HttpResponse RestRoutes::list_changes(const HttpRequest& request, const std::string&) const {
    const auto since = change_of(request.query);
    if (!since) return problem(since.error());
    const auto timeout = timeout_of(request.query);
    if (!timeout) return problem(timeout.error());
    Result<ChangedJobs> changed = ChangedJobs{};
    const bool waited = polls_->wait(*timeout, [&] {
        const auto open = context_.store.for_routes();
        changed = open ? (*open)->changes().since(*since) : Result<ChangedJobs>(failure(open.error()));
        return !changed || !since->has_value() || changed->any();
    });
    return changed ? json_response(changes_json(*changed, waited)) : problem(changed.error());
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
