// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/request_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "plugin/rest/job_view.h"

namespace spineseg {
namespace {

constexpr int kDefaultListed = 1'000;
constexpr int kMostJournal = 1'000, kMostJournalLines = 10'000;
constexpr int kDefaultExpanded = 100;
constexpr int kMostExpanded = 500;
constexpr std::size_t kMostExpandedBytes = std::size_t{4} << 20;
constexpr std::size_t kLongestText = 64;
constexpr std::string_view kIdCharacters = "0123456789abcdef-";

std::optional<std::int64_t> to_whole(std::string_view text, std::int64_t low, std::int64_t high) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high)
        return std::nullopt;
    return value;
}

/// nullptr where the key is absent.
const std::string* value_of(const Query& query, const std::string& key) {
    const auto found = query.find(key);
    return found == query.end() ? nullptr : &found->second;
}

/// "queued,deleted" into filter.state and filter.results_gone.
Result<void> take_states(const std::string& list, JobFilter& filter) {
    std::set<JobState> states;
    bool done = false, deleted = false;
    for (std::size_t begin = 0; begin <= list.size();) {
        const auto end = std::min(list.find(',', begin), list.size());
        const auto name = std::string_view(list).substr(begin, end - begin);
        const auto state = name == "deleted" ? JobState::done : state_from_public(name);
        if (!state)
            return wrong_argument(
                "state must be queued, running, done, deleted, rejected, failed or canceled, or several of these "
                "with commas between");
        done = done || name == "done";
        deleted = deleted || name == "deleted";
        states.insert(*state);
        begin = end + 1;
    }
    filter.state.assign(states.begin(), states.end());
    if (done != deleted) filter.results_gone = deleted;
    return {};
}

Result<void> take_time(const Query& query, const std::string& key, std::optional<Timestamp>& time) {
    const auto* text = value_of(query, key);
    if (text == nullptr) return {};
    time = time_from_iso8601(*text);
    if (!time) return wrong_argument(key + " must be a time in UTC such as 2026-11-22T16:04:05Z");
    return {};
}

Result<void> take_quality(const Query& query, JobFilter& filter) {
    const auto* name = value_of(query, "verdict");
    if (name == nullptr) return {};
    if (*name == "pass") filter.quality = JobQuality::pass;
    if (*name == "review") filter.quality = JobQuality::review;
    if (*name == "reject") filter.quality = JobQuality::reject;
    if (!filter.quality) return wrong_argument("verdict must be pass, review or reject");
    return {};
}

Result<void> take_text(const Query& query, JobFilter& filter) {
    const auto* text = value_of(query, "text");
    if (text == nullptr) return {};
    const bool control =
        std::any_of(text->begin(), text->end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (text->size() > kLongestText || control)
        return wrong_argument("text must have at most " + std::to_string(kLongestText) +
                              " bytes and no control characters");
    filter.text = *text;
    return {};
}

Result<std::optional<std::string>> id_of(const Query& query, const std::string& key,
                                         bool (*is_id)(std::string_view), const std::string& what) {
    const auto* id = value_of(query, key);
    if (id == nullptr) return std::nullopt;
    if (!is_id(*id)) return wrong_argument(key + " must be " + what);
    return std::optional(*id);
}

Result<int> limit_of(const Query& query, int expanded_default) {
    const bool expand = flag_of(query, "expand");
    const int most = expand ? kMostExpanded : JobStore::kMostListed;
    const auto limit = whole_of(query, "limit", 1, most, expand ? expanded_default : kDefaultListed);
    if (!limit) return failure(limit.error());
    return static_cast<int>(*limit);
}

}  // namespace

bool is_job_id(std::string_view id) {
    return id.size() == 36 && id.find_first_not_of(kIdCharacters) == std::string_view::npos;
}
bool is_orthanc_id(std::string_view id) {
    return id.size() == 44 && id.find_first_not_of(kIdCharacters) == std::string_view::npos;
}

bool flag_of(const Query& query, const std::string& name) {
    const auto* value = value_of(query, name);
    return value != nullptr && *value != "false" && *value != "0";
}

std::optional<Timestamp> time_from_iso8601(std::string_view text) {
    // Milliseconds are optional: a text without them gets them here.
    constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.dddZ";
    std::string whole(text);
    if (whole.size() == kShape.size() - 4 && whole.ends_with('Z')) whole.insert(whole.size() - 1, ".000");
    if (whole.size() != kShape.size()) return std::nullopt;
    for (std::size_t i = 0; i < whole.size(); ++i)
        if (kShape[i] == 'd' ? whole[i] < '0' || whole[i] > '9' : whole[i] != kShape[i]) return std::nullopt;
    const auto part = [&](std::size_t at, std::size_t digits) {
        return static_cast<int>(to_whole(std::string_view(whole).substr(at, digits), 0, 9999).value_or(-1));
    };
    const std::chrono::year_month_day day(std::chrono::year(part(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(part(8, 2))));
    const bool sound =
        day.ok() && part(0, 4) >= 1970 && part(11, 2) < 24 && part(14, 2) < 60 && part(17, 2) < 60;
    if (!sound) return std::nullopt;
    return Timestamp(std::chrono::sys_days(day)) + std::chrono::hours(part(11, 2)) +
           std::chrono::minutes(part(14, 2)) + std::chrono::seconds(part(17, 2)) +
           std::chrono::milliseconds(part(20, 3));
}

Result<std::int64_t> whole_of(const Query& query, const std::string& key, std::int64_t low, std::int64_t high,
                              std::int64_t otherwise) {
    const auto* text = value_of(query, key);
    if (text == nullptr) return otherwise;
    const auto value = to_whole(*text, low, high);
    if (!value)
        return wrong_argument(key + " must be a whole number from " + std::to_string(low) + " to " +
                              std::to_string(high));
    return *value;
}

Result<std::int64_t> whole_number(const std::string& key, const nlohmann::json& value, std::int64_t low,
                                  std::int64_t high) {
    // nlohmann keeps large positive numbers unsigned: get<int64_t>() of those would wrap.
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(high)) &&
        value.get<std::int64_t>() >= low && value.get<std::int64_t>() <= high;
    if (!fits)
        return wrong_argument(key + " must be a whole number from " + std::to_string(low) + " to " +
                              std::to_string(high));
    return value.get<std::int64_t>();
}

Result<JobFilter> job_filter_of(const Query& query) {
    JobFilter filter;
    if (flag_of(query, "expand")) filter.most_bytes = kMostExpandedBytes;
    const auto limit = limit_of(query, kDefaultExpanded);
    if (!limit) return failure(limit.error());
    filter.limit = *limit;
    if (const auto* states = value_of(query, "state"))
        if (auto taken = take_states(*states, filter); !taken) return failure(taken.error());
    if (auto taken = take_quality(query, filter); !taken) return failure(taken.error());
    if (auto taken = take_text(query, filter); !taken) return failure(taken.error());
    if (auto taken = take_time(query, "since", filter.since); !taken) return failure(taken.error());
    if (auto taken = take_time(query, "until", filter.until); !taken) return failure(taken.error());
    const auto series = id_of(query, "series", is_orthanc_id, "an Orthanc id");
    if (!series) return failure(series.error());
    filter.orthanc_series_id = *series;
    const auto before = id_of(query, "before", is_job_id, "a job's id");
    if (!before) return failure(before.error());
    filter.before = *before;
    return filter;
}

Result<VerdictFilter> verdict_filter_of(const Query& query) {
    VerdictFilter filter;
    const auto limit = limit_of(query, kDefaultExpanded);
    if (!limit) return failure(limit.error());
    filter.limit = *limit;
    filter.own_results = flag_of(query, "own");
    if (const auto* state = value_of(query, "state")) {
        if (*state != "eligible" && *state != "ineligible")
            return wrong_argument("state must be eligible or ineligible");
        filter.eligible = *state == "eligible";
    }
    const auto before = id_of(query, "before", is_orthanc_id, "a series' Orthanc id");
    if (!before) return failure(before.error());
    filter.before = *before;
    return filter;
}

Result<JournalPage> journal_page_of(const Query& query) {
    JournalPage page;
    if (const auto* format = value_of(query, "format")) {
        if (*format != "json" && *format != "jsonl") return wrong_argument("format must be json or jsonl");
        page.lines = *format == "jsonl";
    }
    const auto limit = whole_of(query, "limit", 1, page.lines ? kMostJournalLines : kMostJournal, page.limit);
    if (!limit) return failure(limit.error());
    page.limit = static_cast<int>(*limit);
    const auto since = change_of(query);
    if (!since) return failure(since.error());
    page.since = page.lines && !*since ? std::optional<std::int64_t>(0) : *since;
    return page;
}

Result<std::chrono::seconds> timeout_of(const Query& query) {
    const auto seconds = whole_of(query, "timeout", 0, kLongestWait.count(), kLongestWait.count());
    if (!seconds) return failure(seconds.error());
    return std::chrono::seconds(*seconds);
}

Result<std::optional<std::int64_t>> change_of(const Query& query) {
    if (!query.contains("since")) return std::nullopt;
    const auto since = whole_of(query, "since", 0, kMostWhole, 0);
    if (!since) return failure(since.error());
    return std::optional(*since);
}

}  // namespace spineseg
