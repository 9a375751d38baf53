// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Paths of REST routes and the patterns that they match: "/spineseg/jobs/{id}". Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

inline constexpr std::string_view kIdSegment = "{id}";

/// What stands between the slashes, without the empty ones.
std::vector<std::string> path_segments(std::string_view path);

/// The part of the path where the pattern has {id}, empty where it has none; nullopt when they do not match.
std::optional<std::string> matched_id(const std::vector<std::string>& pattern,
                                      const std::vector<std::string>& path);

}  // namespace spineseg
