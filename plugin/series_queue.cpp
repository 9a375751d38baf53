// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/series_queue.h"

#include <algorithm>

namespace spineseg {

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

bool SeriesQueue::postpone(const std::string& id, Instant now) {
    const int tries = ++failures_[id];
    if (tries >= kMaxTries) {
        failures_.erase(id);
        return false;
    }
    postponed_[id] = now + std::chrono::seconds(1 << std::min(tries, 8));
    return true;
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
