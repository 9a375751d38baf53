// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// config/eligibility.json, compiled in by CMake, so that no program needs the file beside it.

#include <string_view>

namespace spineseg {
extern const std::string_view kShippedRules;
}
