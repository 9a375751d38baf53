// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The body of POST /series/{id}/segment: empty, or a JSON object of Samples, Steps, Seed, Priority and
/// Force. Strict and bounded: invalid_argument names the key. Pure; any thread.

#include <string>

#include "config/settings.h"
#include "core/result.h"
#include "plugin/intake/intake.h"

namespace spineseg {

inline constexpr std::size_t kMaxSegmentBody = 16 * 1024;
/// Every JSON reader keeps whole numbers up to here.
inline constexpr std::uint64_t kMaxSeed = (std::uint64_t{1} << 53) - 1;

/// What the body leaves out is as the settings say.
Result<HandRequest> parse_segment_body(const std::string& body, const Settings& settings);

}  // namespace spineseg
