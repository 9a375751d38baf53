// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/worker_registry.h"

#include <algorithm>

namespace spineseg {
namespace {

constexpr auto kHeardOf = std::chrono::seconds(30);

}  // namespace

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

LeaseHolder WorkerRegistry::holder_of(const std::string& job, std::int64_t epoch,
                                      std::chrono::steady_clock::time_point now) const {
    const MutexLock lock(mutex_);
    for (const auto& [session, worker] : workers_)
        if (worker.job == job && worker.epoch == epoch)
            return now < worker.lease_until ? LeaseHolder::alive : LeaseHolder::silent;
    return LeaseHolder::nobody;
}

bool WorkerRegistry::serves(const std::string& model_digest,
                            std::chrono::steady_clock::time_point now) const {
    const MutexLock lock(mutex_);
    return std::any_of(workers_.begin(), workers_.end(), [&](const auto& entry) {
        const ConnectedWorker& worker = entry.second;
        const bool fit = !worker.self_test || worker.self_test->state != SelfTestState::failed;
        return worker.model_digest == model_digest && !worker.shadow && fit && now - worker.heard < kHeardOf;
    });
}

}  // namespace spineseg
