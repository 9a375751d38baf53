// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The workers that are connected now: for /spineseg/health, and because a lease lives as long as its worker renews
/// it. Written by the sessions; any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/cage_state.h"
#include "core/job.h"
#include "core/self_test.h"
#include "core/thread_annotations.h"
#include "db/job_store.h"

namespace spineseg {

struct ConnectedWorker {
    std::string name;
    std::string version;
    std::string model_id;
    std::string model_digest;
    std::string job;  ///< empty while it has none; of a shadow its run
    Timestamp connected{};
    Timestamp last_contact{};
    std::string device;  ///< empty until it has said so, as the next two
    std::string precision;
    std::optional<SelfTestOutcome> self_test;
    std::optional<CageState> cage;
    bool shadow = false;  ///< it repeats jobs that are done, and serves none
    // By a clock that nobody sets.
    std::chrono::steady_clock::time_point heard{};
    std::int64_t epoch = 0;                               ///< of the job's lease
    std::chrono::steady_clock::time_point lease_until{};  ///< unless it is renewed
};

class WorkerRegistry {
  public:
    void put(std::uint64_t session, const ConnectedWorker& worker);
    void remove(std::uint64_t session);
    std::vector<ConnectedWorker> workers() const;
    /// Who holds that lease. `now` may be earlier than it is, as a grace.
    LeaseHolder holder_of(const std::string& job, std::int64_t epoch,
                          std::chrono::steady_clock::time_point now) const;
    /// Whether a worker of that model was heard of within the last half minute and may take jobs.
    bool serves(const std::string& model_digest, std::chrono::steady_clock::time_point now) const;

  private:
    mutable Mutex mutex_;
    std::map<std::uint64_t, ConnectedWorker> workers_ GUARDED_BY(mutex_);
};

}  // namespace spineseg
