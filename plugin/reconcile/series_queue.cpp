// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/series_queue.h"

#include <algorithm>

namespace spineseg {
namespace {

constexpr int kOftenTried = 120;

}  // namespace

void SeriesQueue::push(const std::string& id) {
    postponed_.erase(id);
    if (waiting_ids_.insert(id).second) waiting_.push_back(id);
}

std::optional<std::string> SeriesQueue::pop() {
    if (waiting_.empty()) return std::nullopt;
    auto id = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_ids_.erase(id);
    return id;
}

void SeriesQueue::postpone(const std::string& id, Instant now) {
    const int tries = ++failures_[id];
    const auto delay = tries < kOftenTried ? std::chrono::seconds(std::min(1 << std::min(tries, 5), 30))
                                           : std::chrono::seconds(600);
    postponed_[id] = now + delay;
}

void SeriesQueue::put_back(const std::string& id) {
    if (waiting_ids_.insert(id).second) waiting_.push_front(id);
}

bool SeriesQueue::wake(Instant now) {
    for (auto it = postponed_.begin(); it != postponed_.end();) {
        if (it->second > now) {
            ++it;
            continue;
        }
        const auto id = it->first;
        it = postponed_.erase(it);
        if (waiting_ids_.insert(id).second) waiting_.push_back(id);
    }
    return !waiting_.empty();
}

}  // namespace spineseg
