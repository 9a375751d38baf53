// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A verdict as JSON, in Orthanc's manner of keys: what POST …/explain and `spineseg explain --json` answer.
/// Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "eligibility/verdict.h"

namespace spineseg {

/// Eligible, Confidence, Threshold, Rule, Reason, Contrast {Class, Confidence}.
nlohmann::json verdict_summary_json(const Eligibility& verdict);
/// All of that, and Facts, Rules and Contrast.Rules one by one, and which images would be read: Stacks
/// [{Description, Chosen, Fault}], LeftAside, Reading (null, or why none).
nlohmann::json explanation_json(const Eligibility& verdict);
/// {Code, Detail} or null.
nlohmann::json error_json(const std::optional<Error>& error);

}  // namespace spineseg
