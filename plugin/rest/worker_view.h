// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The connected workers as the health route shows them. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "plugin/workers/worker_registry.h"

namespace spineseg {

nlohmann::json workers_json(const std::vector<ConnectedWorker>& workers);

/// "ok" where somebody takes jobs; "no_worker", where shadows do not count; "self_test_failed" where every worker failed its self-test.
std::string_view workers_status(const std::vector<ConnectedWorker>& workers);

}  // namespace spineseg
