// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/change_log_cursor.h"

#include <charconv>
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
    const auto saved = store.values().get(kCursor);
    if (!saved) return failure(saved.error());
    const auto last = archive_.last_change();
    if (!last) return failure(last.error());
    saved_ = *saved ? to_sequence(**saved) : std::nullopt;
    if (!saved_) {
        if (auto set = store.values().set(kCursor, std::to_string(*last)); !set) return set;
        saved_ = *last;
    }
    // A cursor beyond the log's end belongs to an index that was replaced: all of the new one is new.
    position_ = *saved_ <= *last ? *saved_ : 0;
    return {};
}

Result<ChangeLogCursor::Found> ChangeLogCursor::next(JobStore& store) {
    if (auto step = instances_.empty() ? read_page(store) : look_up_instance(); !step)
        return failure(step.error());
    if (!instances_.empty()) return Found{};
    Found found{{series_.begin(), series_.end()}, last_page_};
    series_.clear();
    return found;
}

Result<void> ChangeLogCursor::read_page(JobStore& store) {
    if (!position_) {
        if (auto begun = begin(store); !begun) return begun;
    }
    const auto page = archive_.changes(*position_, kPage);
    if (!page) return failure(page.error());
    for (const auto& change : page->changes) {
        if (change.kind == "NewSeries" || change.kind == "StableSeries") series_.insert(change.orthanc_id);
        if (change.kind == "NewInstance") instances_.push_back(change.orthanc_id);
    }
    if (page->last > *position_) position_ = page->last;
    last_page_ = page->done || page->changes.empty();
    return {};
}

Result<void> ChangeLogCursor::look_up_instance() {
    auto series = archive_.series_of_instance(instances_.front());
    const bool deleted_meanwhile = !series && series.error().code == ErrorCode::not_found;
    if (!series && !deleted_meanwhile) return failure(series.error());
    if (series) series_.insert(std::move(*series));
    instances_.pop_front();
    return {};
}

void ChangeLogCursor::begin_again() {
    position_.reset();
    instances_.clear();
    series_.clear();
    saved_.reset();
    candidate_.reset();
}

Result<void> ChangeLogCursor::save_when_idle(JobStore& store) {
    if (candidate_ && candidate_ != saved_) {
        if (auto saved = store.values().set(kCursor, std::to_string(*candidate_)); !saved) return saved;
        saved_ = candidate_;
    }
    const auto last = archive_.last_change();
    if (!last) return failure(last.error());
    candidate_ = *last;
    return {};
}

}  // namespace spineseg
