// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// JSON → conditions, and the accessors that rules.cpp shares. What is wrong throws JsonRefused
/// (core/json_path.h). For this library's sources only.

#include <string>
#include <vector>

#include "core/json_path.h"
#include "eligibility/condition.h"

namespace spineseg::eligibility {

/// A text that must be there and say something.
std::string text(const JsonPath& object, const char* key);
/// Empty lists and none at all where the key is absent.
std::vector<std::string> texts(const JsonPath& object, const char* key);
std::vector<TextPattern> patterns(const JsonPath& object, const char* key);

/// A non-empty list of conditions.
Conditions conditions(const JsonPath& list);

}  // namespace spineseg::eligibility
