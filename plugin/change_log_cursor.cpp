// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/change_log_cursor.h"

#include <charconv>
#include <set>
#include <utility>

namespace spineseg {
namespace {

constexpr const char* kCursor = "changes.cursor";
constexpr int kPage = 200;

std::optional<std::int64_t> to_sequence(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

/// Where to begin. A first start begins at the end, and says so at once: after a crash it must not be a first
/// start again.
Result<void> ChangeLogCursor::begin(JobStore& store) {
    const auto saved = store.value(kCursor);
    if (!saved) return failure(saved.error());
    const auto last = archive_.last_change();
    if (!last) return failure(last.error());
    saved_ = *saved ? to_sequence(**saved) : std::nullopt;
    if (!saved_) {
        if (auto set = store.set_value(kCursor, std::to_string(*last)); !set) return set;
        saved_ = *last;
    }
    // A cursor beyond the log's end belongs to an index that was replaced: all of the new one is new.
    position_ = *saved_ <= *last ? *saved_ : 0;
    return {};
}

Result<ChangeLogCursor::Page> ChangeLogCursor::next(JobStore& store) {
    if (!position_) {
        if (auto begun = begin(store); !begun) return failure(begun.error());
    }
    const auto changes = archive_.changes(*position_, kPage);
    if (!changes) return failure(changes.error());
    std::set<std::string> found;
    for (const auto& change : changes->changes) {
        auto series = series_of(change);
        if (!series) return failure(series.error());
        if (*series) found.insert(std::move(**series));
    }
    if (changes->last > *position_) position_ = changes->last;
    return Page{{found.begin(), found.end()}, changes->done || changes->changes.empty()};
}

Result<std::optional<std::string>> ChangeLogCursor::series_of(const ArchiveChange& change) {
    if (change.kind == "NewSeries" || change.kind == "StableSeries") return change.orthanc_id;
    if (change.kind != "NewInstance") return std::nullopt;
    auto series = archive_.series_of_instance(change.orthanc_id);
    if (!series && series.error().code == ErrorCode::not_found) return std::nullopt;  // deleted meanwhile
    if (!series) return failure(series.error());
    return std::move(*series);
}

Result<void> ChangeLogCursor::save_when_idle(JobStore& store) {
    if (candidate_ && candidate_ != saved_) {
        if (auto saved = store.set_value(kCursor, std::to_string(*candidate_)); !saved) return saved;
        saved_ = candidate_;
    }
    const auto last = archive_.last_change();
    if (!last) return failure(last.error());
    candidate_ = *last;
    return {};
}

}  // namespace spineseg
