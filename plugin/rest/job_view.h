// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How jobs look over REST: Orthanc's manner of keys, our words for states ("running" for a leased
/// job). Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "db/job_store.h"

namespace spineseg {

/// "2026-11-22T16:04:05.123Z".
std::string iso8601(Timestamp time);
std::string_view public_state(JobState state);
/// The same, but "deleted" for a job that is done and of whose results the archive holds none.
std::string_view public_state(const Job& job);
int missing_count(const Job& job);
nlohmann::json copied_json(const std::vector<CopiedResult>& copied);
/// Accepts "running" and "leased".
std::optional<JobState> state_from_public(std::string_view name);
/// 0..100 over all stages; 100 only when done.
int overall_percent(const Job& job);
/// `root` is the routes' root with both slashes, e.g. "/spineseg/".
nlohmann::json job_json(const Job& job, const std::string& root);
nlohmann::json results_json(const Job& job);
nlohmann::json scanner_json(const Scanner& scanner);
nlohmann::json journal_entry_json(const JournalEntry& entry);
nlohmann::json journal_json(const std::vector<JournalEntry>& journal);
/// Oldest first.
nlohmann::json attempts_json(const std::vector<JobAttempt>& attempts);
nlohmann::json error_json(const Error& error);

}  // namespace spineseg
