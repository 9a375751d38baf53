// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A verdict as JSON, in Orthanc's manner of keys: what POST …/explain and `spineseg explain --json` answer.
/// Pure; any thread.

#include <nlohmann/json_fwd.hpp>

#include "eligibility/verdict.h"

namespace spineseg {

/// Eligible, Confidence, Threshold, Rule, Reason, Contrast {Class, Confidence}.
nlohmann::json verdict_summary_json(const Eligibility& verdict);
/// All of that, and Facts, and Rules and Contrast.Rules one by one.
nlohmann::json explanation_json(const Eligibility& verdict);

}  // namespace spineseg
