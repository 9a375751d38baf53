// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/request_values.h"

#include <charconv>
#include <optional>

#include "plugin/rest/job_view.h"

namespace spineseg {
namespace {

constexpr int kDefaultListed = 1'000;
constexpr int kDefaultJournal = 100, kMostJournal = 1'000;
constexpr int kDefaultExpanded = 100;
constexpr int kMostExpanded = 500;
constexpr std::size_t kMostExpandedBytes = std::size_t{4} << 20;
constexpr std::string_view kIdCharacters = "0123456789abcdef-";

std::optional<int> to_int(const std::string& text, int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
        return std::nullopt;
    return value;
}

}  // namespace

bool is_job_id(std::string_view id) {
    return id.size() == 36 && id.find_first_not_of(kIdCharacters) == std::string_view::npos;
}
bool is_orthanc_id(std::string_view id) {
    return id.size() == 44 && id.find_first_not_of(kIdCharacters) == std::string_view::npos;
}

bool flag_of(const std::map<std::string, std::string>& query, const std::string& name) {
    const auto found = query.find(name);
    return found != query.end() && found->second != "false" && found->second != "0";
}

Result<JobFilter> job_filter_of(const std::map<std::string, std::string>& query) {
    JobFilter filter;
    const bool expand = flag_of(query, "expand");
    const int most = expand ? kMostExpanded : JobStore::kMostListed;
    filter.limit = expand ? kDefaultExpanded : kDefaultListed;
    if (expand) filter.most_bytes = kMostExpandedBytes;
    for (const auto& [key, value] : query) {
        if (key == "state") {
            filter.state = value == "deleted" ? JobState::done : state_from_public(value);
            if (filter.state == JobState::done) filter.results_gone = value == "deleted";
            if (!filter.state)
                return failure(ErrorCode::invalid_argument,
                               "state must be queued, running, done, deleted, rejected, failed or canceled");
        } else if (key == "series") {
            if (!is_orthanc_id(value))
                return failure(ErrorCode::invalid_argument, "series must be an Orthanc id");
            filter.orthanc_series_id = value;
        } else if (key == "limit") {
            const auto limit = to_int(value, 1, most);
            if (!limit)
                return failure(ErrorCode::invalid_argument,
                               "limit must be 1 to " + std::to_string(most) + (expand ? " with expand" : ""));
            filter.limit = *limit;
        } else if (key == "before") {
            if (!is_job_id(value)) return failure(ErrorCode::invalid_argument, "before must be a job's id");
            filter.before = value;
        }
    }
    return filter;
}

Result<int> journal_limit_of(const std::map<std::string, std::string>& query) {
    const auto given = query.find("limit");
    if (given == query.end()) return kDefaultJournal;
    const auto limit = to_int(given->second, 1, kMostJournal);
    if (!limit)
        return failure(ErrorCode::invalid_argument, "limit must be 1 to " + std::to_string(kMostJournal));
    return *limit;
}

}  // namespace spineseg
