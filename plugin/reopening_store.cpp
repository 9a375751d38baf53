// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reopening_store.h"

#include <utility>

namespace spineseg {

ReopeningStore::ReopeningStore(std::filesystem::path file, JobStore::Clock clock, QueuePolicy policy)
    : file_(std::move(file)), clock_(std::move(clock)), policy_(std::move(policy)) {}

Result<void> ReopeningStore::open() {
    {
        const MutexLock lock(mutex_);
        if (store_) return {};
    }
    // May wait for a locked file: not under the mutex that routes need.
    auto opened = JobStore::open(file_, clock_, policy_);
    const MutexLock lock(mutex_);
    if (!opened) {
        why_not_ = opened.error();
        return failure(opened.error());
    }
    store_ = std::move(*opened);
    return {};
}

Result<std::shared_ptr<JobStore>> ReopeningStore::get() const {
    const MutexLock lock(mutex_);
    if (!store_) return failure(why_not_);
    return store_;
}

}  // namespace spineseg
