// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs of shadow models over REST. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/shadow_runs.h"
#include "plugin/rest/request_values.h"

namespace spineseg {

/// model, since and limit of GET /spineseg/shadow. invalid_argument names the key; other keys are ignored.
Result<ShadowFilter> shadow_filter_of(const Query& query);

/// `root` as in job_json().
nlohmann::json shadow_runs_json(const std::vector<ShadowRun>& runs, const std::string& root);
/// Runs by state, Dice (mean, median, worst), verdicts and the ratio of times.
nlohmann::json shadow_totals_json(const ShadowTotals& totals);

}  // namespace spineseg
