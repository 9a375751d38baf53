// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/worker_registry.h"

namespace spineseg {

void WorkerRegistry::put(std::uint64_t session, const ConnectedWorker& worker) {
    const MutexLock lock(mutex_);
    workers_[session] = worker;
}

void WorkerRegistry::remove(std::uint64_t session) {
    const MutexLock lock(mutex_);
    workers_.erase(session);
}

std::vector<ConnectedWorker> WorkerRegistry::workers() const {
    const MutexLock lock(mutex_);
    std::vector<ConnectedWorker> list;
    list.reserve(workers_.size());
    for (const auto& [session, worker] : workers_) list.push_back(worker);
    return list;
}

}  // namespace spineseg
