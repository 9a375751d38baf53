// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/arrival_watch.h"

#include <set>
#include <utility>

namespace spineseg {

void ArrivalWatch::arrived(const std::string& instance, Instant now) {
    const MutexLock lock(mutex_);
    if (waiting_.size() >= kMostKept && !waiting_.contains(instance))
        overflowed_ = true;
    else
        waiting_[instance] = now;
}

void ArrivalWatch::judged(const std::vector<std::string>& instances, Instant read) {
    const MutexLock lock(mutex_);
    for (const auto& instance : instances)
        if (const auto found = waiting_.find(instance); found != waiting_.end() && found->second <= read)
            waiting_.erase(found);
}

std::vector<std::string> ArrivalWatch::some_overdue(Instant now) const {
    const MutexLock lock(mutex_);
    std::vector<std::string> overdue;
    for (const auto& [instance, since] : waiting_) {
        if (overdue.size() == kAtOnce) break;
        if (now - since >= patience_) overdue.push_back(instance);
    }
    return overdue;
}

Result<std::vector<std::string>> ArrivalWatch::overdue(Instant now) {
    std::set<std::string> found;
    for (const auto& instance : some_overdue(now)) {
        const auto series = archive_.series_of_instance(instance);
        if (!series && series.error().code != ErrorCode::not_found) return failure(series.error());
        if (series) found.insert(*series);
        const MutexLock lock(mutex_);
        if (series)
            waiting_[instance] = now;
        else
            waiting_.erase(instance);  // it was deleted
    }
    return std::vector<std::string>(found.begin(), found.end());
}

bool ArrivalWatch::overflowed() {
    const MutexLock lock(mutex_);
    return std::exchange(overflowed_, false);
}

}  // namespace spineseg
