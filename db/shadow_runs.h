// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs of a shadow model: after a job is done, another model segments the same series, and its result is compared with
/// the job's and dropped. A run changes no job. Part of JobStore's database and its connection; any thread may call.
/// Fails with database_unavailable when SQLite does.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "db/job_values.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

enum class ShadowState {
    waiting,
    running,
    compared,
    rejected,  ///< the shadow model rejects the series: there is nothing to compare
    failed,
    dropped,  ///< too many waited, or the job's result is not there any more
};
inline constexpr std::size_t kShadowStates = 6;
std::string_view to_string(ShadowState state);

/// What a comparison found. Dice coefficients are 0..1; absent where neither model found the structure.
struct ShadowFigures {
    std::optional<double> mean_dice;  ///< of the structures that are there
    std::optional<double> canal, vertebra, disc;
    std::string levels_json;                  ///< [{"Label": "L5 vertebra", "Dice": 0.9}, …]; may be empty
    std::string shown_verdict;                ///< "pass", "review", "reject"; empty: not known
    std::string shadow_verdict;               ///< likewise
    std::optional<double> shown_score;        ///< expected quality, 0..1
    std::optional<double> shadow_score;       ///< likewise
    std::optional<double> shown_seconds;      ///< from the lease to the end
    std::optional<double> shadow_seconds;     ///< likewise
};

struct ShadowRun {
    std::string id;                 ///< 32 hexadecimal digits; what the worker takes for the job's id
    std::string job_id;             ///< of the job whose result is shown
    std::int64_t job_epoch = 0;     ///< of the attempt that made that result
    std::string orthanc_series_id;
    std::string wanted;             ///< the entry of ShadowModels for which it waits
    std::string shown_model_id;
    std::string shown_model_digest;
    std::string model_id;           ///< of the worker that took it; empty before
    std::string model_digest;
    ShadowState state = ShadowState::waiting;
    std::int64_t epoch = 0;         ///< fencing number of the newest lease
    int attempts = 0;               ///< leases that count
    std::string worker;
    std::string reason;             ///< why it did not come to a comparison, or not yet
    Timestamp created{};
    std::optional<Timestamp> started;  ///< newest lease
    std::optional<Timestamp> finished;
    std::optional<Timestamp> not_before;
    ShadowFigures figures;
};

/// How a run ended: compared, rejected, failed or dropped.
struct ShadowEnd {
    ShadowState state = ShadowState::compared;
    std::string reason;
    ShadowFigures figures = {};
};

/// Whether a run is still worth its work.
enum class ShadowStanding {
    live,
    outdated,  ///< the job runs again, or is forgotten
    ended,     ///< it is no longer leased under that epoch
};

struct ShadowFilter {
    std::string model = {};               ///< id or digest; empty: any
    std::optional<Timestamp> since = {};  ///< created then or later
    int limit = 100;                      ///< newest first
};

/// Of the runs that a filter selects, whatever its limit.
struct ShadowTotals {
    std::array<std::int64_t, kShadowStates> runs{};  ///< in the order of ShadowState
    /// Without levels; of the newest kMostSampled that were compared or rejected, newest first.
    std::vector<ShadowFigures> sampled;
    static constexpr int kMostSampled = 10'000;
};

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
    Result<ShadowState> give_back(const std::string& id, std::int64_t epoch, const std::string& why, bool counts);
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
