// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The webhooks over REST. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "plugin/webhooks/webhooks.h"

namespace spineseg {

nlohmann::json webhooks_json(const std::vector<ShownWebhook>& webhooks);

}  // namespace spineseg
