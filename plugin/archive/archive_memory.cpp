// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/archive/archive_memory.h"

#include <charconv>
#include <string>

namespace spineseg {
namespace {

constexpr const char* kSince = "archive.since";
constexpr const char* kJudged = "archive.judged";
constexpr const char* kLostUntil = "archive.lost_until";

std::optional<Timestamp> to_time(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return Timestamp(std::chrono::milliseconds(value));
}

std::string to_text(Timestamp time) {
    return std::to_string(time.time_since_epoch().count());
}

/// "since" or "since judged", as milliseconds.
struct Remembered {
    std::optional<Timestamp> since, judged;
};

Remembered parse_memory(const std::string& text) {
    const auto cut = text.find(' ');
    if (cut == std::string::npos) return {to_time(text), std::nullopt};
    return {to_time(text.substr(0, cut)), to_time(text.substr(cut + 1))};
}

Result<std::optional<Timestamp>> time_of(JobStore& store, const char* key) {
    const auto text = store.values().get(key);
    if (!text) return failure(text.error());
    return *text ? to_time(**text) : std::nullopt;
}

}  // namespace

Result<bool> ArchiveMemory::compare(JobStore& store, Timestamp now, bool replaced) {
    const auto text = archive_.remembered(ArchiveNote::judged);
    if (!text) return failure(text.error());
    const auto archive = parse_memory(*text);
    const auto since = time_of(store, kSince);
    if (!since) return failure(since.error());
    const auto judged = time_of(store, kJudged);
    if (!judged) return failure(judged.error());
    const bool is_new = archive.since && !*since;
    const bool is_old = archive.judged && (!*judged || **judged < *archive.judged);
    const bool lost = replaced || is_new || is_old;
    // First of all, so that a restart before everything was looked up forgets nothing.
    if (lost)
        if (auto set = store.values().set(kLostUntil, to_text(now)); !set) return failure(set.error());
    const auto lost_until = time_of(store, kLostUntil);
    if (!lost_until) return failure(lost_until.error());
    lost_until_ = *lost_until;
    // Orthanc counts in whole seconds, and a series may have come within this one.
    const Timestamp this_second = std::chrono::floor<std::chrono::seconds>(now);
    const auto ours = archive.since ? archive.since : *since ? *since : this_second;
    if (*since != ours)
        if (auto set = store.values().set(kSince, to_text(*ours)); !set) return failure(set.error());
    since_ = ours;
    if (!archive.since)
        if (auto written = write(*judged); !written) return failure(written.error());
    return lost;
}

/// The database first: it is lost when it is behind the archive, never because of a crash in between.
Result<void> ArchiveMemory::note_judged(JobStore& store, Timestamp now) {
    if (auto set = store.values().set(kJudged, to_text(now)); !set) return set;
    return write(now);
}

Result<void> ArchiveMemory::write(std::optional<Timestamp> judged) {
    return archive_.remember(ArchiveNote::judged,
                             to_text(*since_) + (judged ? " " + to_text(*judged) : std::string()));
}

}  // namespace spineseg
