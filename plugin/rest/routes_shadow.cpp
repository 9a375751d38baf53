// SPDX-License-Identifier: GPL-3.0-or-later
// Of RestRoutes: what came of shadow models.
#include <nlohmann/json.hpp>

#include "plugin/rest/rest_routes.h"
#include "plugin/rest/shadow_view.h"

namespace spineseg {

HttpResponse RestRoutes::list_shadow_runs(const HttpRequest& request, const std::string&) const {
    const auto filter = shadow_filter_of(request.query);
    if (!filter) return problem(filter.error());
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    const auto runs = (*store)->shadow_runs().list(*filter);
    if (!runs) return problem(runs.error());
    const auto totals = (*store)->shadow_runs().totals(*filter);
    if (!totals) return problem(totals.error());
    return json_response({{"Models", context_.settings.shadow_models},
                          {"Totals", shadow_totals_json(*totals)},
                          {"Runs", shadow_runs_json(*runs, context_.settings.root)}});
}

}  // namespace spineseg
