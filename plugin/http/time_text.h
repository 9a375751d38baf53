// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Times as answers and messages spell them. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/job.h"

namespace spineseg {

/// "2026-11-22T16:04:05.123Z".
std::string iso8601(Timestamp time);
/// The same as JSON.
nlohmann::json time_or_null(const std::optional<Timestamp>& time);

}  // namespace spineseg
