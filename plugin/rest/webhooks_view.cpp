// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/webhooks_view.h"

#include <nlohmann/json.hpp>

#include "plugin/http/time_text.h"

namespace spineseg {

nlohmann::json webhooks_json(const std::vector<ShownWebhook>& webhooks) {
    nlohmann::json view = nlohmann::json::array();
    for (const auto& one : webhooks)
        view.push_back({{"URL", one.url},
                        {"Events", one.events},
                        {"Waiting", one.state.waiting},
                        {"OldestWaiting", time_or_null(one.state.oldest_waiting)},
                        {"Delivered", one.state.delivered},
                        {"GivenUp", one.state.given_up},
                        {"LastDelivered", time_or_null(one.state.last_delivered)},
                        {"LastFailed", time_or_null(one.state.last_failed)},
                        {"LastError", one.state.last_error.empty() ? nlohmann::json(nullptr)
                                                                   : nlohmann::json(one.state.last_error)}});
    return view;
}

}  // namespace spineseg
