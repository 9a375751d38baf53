// SPDX-License-Identifier: GPL-3.0-or-later
// config/settings.h: accepted settings lie within the ranges of config/README.md.
#include "config/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {
namespace settings_fuzz {

template <typename T>
void require_within(const T& value, const T& low, const T& high, const char* key) {
    require(low <= value && value <= high, std::string(key) + " lies within its range");
}

void require_numbers(const Settings& s) {
    using std::chrono::seconds;
    constexpr seconds kDay{24 * 3600};
    require_within(s.lease, seconds{1}, seconds{3600}, "LeaseSeconds");
    require_within(s.progress_deadline, s.lease, kDay, "ProgressSeconds");
    require_within(s.max_attempts, 1, 100, "MaxAttempts");
    require_within(s.retry_backoff.size(), std::size_t{1}, std::size_t{16}, "RetryBackoffSeconds");
    for (const auto wait : s.retry_backoff) require_within(wait, seconds{0}, kDay, "RetryBackoffSeconds");
    require_within(s.priority_age, seconds{0}, 7 * kDay, "PriorityAgeSeconds");
    require_within(s.keep_jobs_days, 0, 36'500, "KeepJobsDays");
    require_within(s.keep_journal_days, 0, 36'500, "KeepJournalDays");
    if (s.off_peak) {
        require_within(s.off_peak->from, 0, 24 * 60 - 1, "OffPeakHours");
        require_within(s.off_peak->to, 0, 24 * 60 - 1, "OffPeakHours");
    }
    require_within(s.series_requests_per_day, 0, 100'000, "SeriesRequestsPerDay");
    require_within(s.user_open_jobs, 0, 1'000'000, "UserOpenJobs");
    require_within(s.samples.value_or(0), 0, 64, "Samples");
    require_within(s.steps.value_or(1), 1, 1000, "Steps");
    require_within(s.max_instances, 1, kMostInstances, "MaxInstances");
    require_within(s.max_instance_megabytes, 1, 500, "MaxInstanceMegabytes");
}

void require_places(const Settings& s) {
    require(s.root.size() > 2 && s.root.front() == '/' && s.root.back() == '/', "Root has both slashes");
    require((s.socket_mode & ~0666U) == 0 && (s.socket_mode & 0600U) == 0600U,
            "SocketMode is one of a socket");
    require(s.socket.is_absolute() && s.database.is_absolute(), "paths begin at Orthanc's index");
    require(s.socket.native().size() <= 107, "Socket fits into sockaddr_un");
    for (const auto& path : {s.socket, s.database})
        require(path.native().find('\0') == std::string::npos, "a path holds no NUL");
    for (const auto& folder : s.model_folders)
        require(folder.is_absolute() && s.model_folders.size() <= 16, "ModelFolders are folders");
    for (const auto& digest : s.models) require(digest.size() == 64, "Models are digests");
    for (const auto& origin : s.allowed_origins)
        require(origin.starts_with("http") && origin.find_first_of(" \r\n\"") == std::string::npos,
                "AllowedOrigins are origins");
}

void require_outputs(const Settings& s) {
    require(!s.outputs.empty() && s.outputs.size() <= kOutputObjects, "Outputs name at least one object");
    require(!holds(s.outputs, OutputObject::segmentation) || !holds(s.outputs, OutputObject::label_map),
            "Outputs name one encoding of the segmentation");
    require(s.destinations.size() <= 16, "Destinations are at most 16");
    for (const auto& destination : s.destinations) {
        require(!destination.name.empty() && destination.name.find('/') == std::string::npos,
                "a destination's name is one part of a path");
        require(!destination.objects.empty(), "a destination gets something");
        for (const auto object : destination.objects)
            require(holds(s.outputs, object), "a destination gets only what is written");
    }
}

/// A path is read from the disk, where a fuzzer has no business.
bool names_a_file_of_rules(const std::string& text) {
    const auto json = parse_json_object(text, "SpineSeg", ErrorCode::invalid_configuration);
    return json && json->contains("Rules") && (*json)["Rules"].is_string();
}

}  // namespace settings_fuzz

bool fuzz_settings(Input input) {
    const std::string text = text_of(input);
    if (settings_fuzz::names_a_file_of_rules(text)) return false;
    const auto settings = Settings::parse(text, "/var/lib/orthanc/db");
    if (!settings) {
        require(settings.error().code == ErrorCode::invalid_configuration, "refused as a configuration");
        require(!settings.error().detail.empty(), "refused with a reason");
        return false;
    }
    settings_fuzz::require_numbers(*settings);
    settings_fuzz::require_places(*settings);
    settings_fuzz::require_outputs(*settings);
    return true;
}

}  // namespace spineseg::fuzz
