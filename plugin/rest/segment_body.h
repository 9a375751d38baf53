// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The bodies of POST /series/{id}/segment and POST /spineseg/segment: empty, or a JSON object of Samples, Steps, Seed,
/// Priority, Force, OffPeak and NotBefore; the latter with Series, too. Strict and bounded: invalid_argument names the
/// key. Pure; any thread.

#include <string>
#include <vector>

#include "config/settings.h"
#include "core/result.h"
#include "plugin/intake/intake.h"

namespace spineseg {

inline constexpr std::size_t kMaxSegmentBody = 16 * 1024;
inline constexpr std::size_t kMaxBulkBody = 64 * 1024;
inline constexpr std::size_t kMostAtOnce = 500;  ///< series or jobs of one request
inline constexpr int kMostPriority = 1000;       ///< and its negative the least
/// Every JSON reader keeps whole numbers up to here.
inline constexpr std::uint64_t kMaxSeed = (std::uint64_t{1} << 53) - 1;
/// How far ahead NotBefore may lie.
inline constexpr std::chrono::hours kFarthest{24 * 31};

/// What the body leaves out is as the settings say. OffPeak becomes the time when the quiet hours begin next, by `now`.
Result<HandRequest> parse_segment_body(const std::string& body, const Settings& settings, Timestamp now);

struct BulkRequest {
    std::vector<std::string> series;  ///< 1 to kMostAtOnce; whether they are ids of Orthanc is not checked
    HandRequest asked;
};
Result<BulkRequest> parse_bulk_segment_body(const std::string& body, const Settings& settings, Timestamp now);

/// {"IDs": [1 to kMostAtOnce texts]}.
Result<std::vector<std::string>> parse_ids_body(const std::string& body);
/// {"Priority": n}.
Result<int> parse_priority_body(const std::string& body);

}  // namespace spineseg
