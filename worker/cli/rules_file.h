// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A site's changes to the rules of eligibility, for the commands that judge or read a series.

#include <string>

#include "core/result.h"
#include "eligibility/rules.h"

namespace spineseg {

/// For --rules.
inline constexpr const char* kRulesHelp =
    "A site's changes to the shipped rules, as under \"Rules\" in orthanc.json";

/// The shipped rules, changed by the file where one is named. Errors name the file.
Result<EligibilityRules> read_rules_file(const std::string& file);

}  // namespace spineseg
