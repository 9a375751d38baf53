// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs of a shadow model: after a job is done, another model segments the same series, and its result is compared with
/// the job's and dropped. A run changes no job. Part of JobStore's database and its connection; any thread may call.
/// Fails with database_unavailable when SQLite does.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "db/job_values.h"
#include "db/shadow_values.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

class ShadowRuns {
  public:
    using Clock = std::function<Timestamp()>;
    ShadowRuns(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock);

    static constexpr int kMostWaiting = 100;  ///< for one entry of ShadowModels
    static constexpr int kMostAttempts = 3;

    /// The job is done: one run for each of `wanted` waits. Earlier waiting runs of the job are dropped, and the oldest
    /// beyond kMostWaiting. Returns how many were dropped.
    Result<int> add(const Job& job, const std::vector<std::string>& wanted);
    /// The newest run that waits for that model; nullopt where there is none, while a job waits whose turn it is, and
    /// while the queue is paused or draining.
    Result<std::optional<ShadowRun>> lease(const std::string& worker, const std::string& model_id,
                                           const std::string& model_digest);
    Result<ShadowStanding> standing(const std::string& id, std::int64_t epoch);
    /// With an entry in the job's journal. stale_lease when the run is not leased under that epoch any more.
    Result<void> end(const std::string& id, std::int64_t epoch, const ShadowEnd& end);
    /// The run waits again for at least a minute, or fails where it `counts` and that was the last attempt. Returns its
    /// state then. stale_lease as above.
    Result<ShadowState> give_back(const std::string& id, std::int64_t epoch, const std::string& why,
                                  bool counts);
    using HolderOf = std::function<LeaseHolder(const std::string& id, std::int64_t epoch)>;
    /// Runs whose worker is silent are given back, and count; those that nobody holds do not. Returns how many.
    Result<int> end_leases(const HolderOf& holder_of);
    /// Drops what waits for other entries than these. Returns how many.
    Result<int> keep_only(const std::vector<std::string>& wanted);

    Result<std::vector<ShadowRun>> list(const ShadowFilter& filter);
    Result<ShadowTotals> totals(const ShadowFilter& filter);
    /// Forgets runs that ended more than `keep` ago, at most a thousand at a time.
    Result<int> prune(std::chrono::milliseconds keep);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg
