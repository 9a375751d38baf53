// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Ids and query values of a request, checked: invalid_argument names the key. Pure; any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "db/job_store.h"

namespace spineseg {

using Query = std::map<std::string, std::string>;

/// The largest whole number that every JSON reader keeps.
inline constexpr std::int64_t kMostWhole = (std::int64_t{1} << 53) - 1;

bool is_job_id(std::string_view id);
bool is_orthanc_id(std::string_view id);
/// ?expand, ?expand=true: Orthanc's own reading of a flag.
bool flag_of(const Query& query, const std::string& name);
/// "2026-11-22T16:04:05Z", with or without milliseconds, from 1970 to 9999; nullopt for anything else.
std::optional<Timestamp> time_from_iso8601(std::string_view text);
/// `otherwise` where the key is absent.
Result<std::int64_t> whole_of(const Query& query, const std::string& key, std::int64_t low, std::int64_t high,
                              std::int64_t otherwise);

/// Of a body's key.
Result<std::int64_t> whole_number(const std::string& key, const nlohmann::json& value, std::int64_t low,
                                  std::int64_t high);

/// Of GET /spineseg/jobs: state, verdict, since, until, text, series, limit, before. Other keys are ignored.
Result<JobFilter> job_filter_of(const Query& query);
/// Of GET /spineseg/series: state, limit, before, own. Other keys are ignored.
Result<VerdictFilter> verdict_filter_of(const Query& query);

struct JournalPage {
    std::optional<std::int64_t> since;  ///< absent: the newest entries, newest first
    int limit = 100;
    bool lines = false;  ///< one JSON object a line, from the beginning where `since` is not given
};
/// since, limit and format of GET /spineseg/journal.
Result<JournalPage> journal_page_of(const Query& query);

inline constexpr std::chrono::seconds kLongestWait{20};
/// timeout of the routes that wait, in seconds; kLongestWait where none is given.
Result<std::chrono::seconds> timeout_of(const Query& query);
/// since of GET /spineseg/changes.
Result<std::optional<std::int64_t>> change_of(const Query& query);

}  // namespace spineseg
