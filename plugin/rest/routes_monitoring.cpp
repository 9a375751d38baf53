// SPDX-License-Identifier: GPL-3.0-or-later
// The routes of RestRoutes for programs that watch the plugin.
#include <nlohmann/json.hpp>
#include <utility>

#include "plugin/metrics/metrics.h"
#include "plugin/rest/rest_routes.h"
#include "plugin/rest/webhooks_view.h"
#include "plugin/webhooks/webhooks.h"

namespace spineseg {

HttpResponse RestRoutes::show_metrics(const HttpRequest& request, const std::string&) const {
    if (context_.metrics == nullptr) return problem(404, "Unknown resource");
    const auto accept = request.headers.find("accept");
    auto answer = context_.metrics->text(accept == request.headers.end() ? "" : accept->second);
    return {200, std::move(answer.content_type), std::move(answer.text), {}, {{"Vary", "Accept"}}};
}

HttpResponse RestRoutes::show_webhooks(const HttpRequest&, const std::string&) const {
    if (context_.webhooks == nullptr) return problem(404, "Unknown resource");
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    const auto webhooks = context_.webhooks->states(**store);
    return webhooks ? json_response(webhooks_json(*webhooks)) : problem(webhooks.error());
}

}  // namespace spineseg
