// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A run of a shadow model, and what is asked of runs. Values; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"

namespace spineseg {

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
    std::string levels_json;               ///< [{"Label": "L5 vertebra", "Dice": 0.9}, …]; may be empty
    std::string shown_verdict;             ///< "pass", "review", "reject"; empty: not known
    std::string shadow_verdict;            ///< likewise
    std::optional<double> shown_score;     ///< expected quality, 0..1
    std::optional<double> shadow_score;    ///< likewise
    std::optional<double> shown_seconds;   ///< from the lease to the end
    std::optional<double> shadow_seconds;  ///< likewise
};

struct ShadowRun {
    std::string id;              ///< 32 hexadecimal digits; what the worker takes for the job's id
    std::string job_id;          ///< of the job whose result is shown
    std::int64_t job_epoch = 0;  ///< of the attempt that made that result
    std::string orthanc_series_id;
    std::string wanted;  ///< the entry of ShadowModels for which it waits
    std::string shown_model_id;
    std::string shown_model_digest;
    std::string model_id;  ///< of the worker that took it; empty before
    std::string model_digest;
    ShadowState state = ShadowState::waiting;
    std::int64_t epoch = 0;  ///< fencing number of the newest lease
    int attempts = 0;        ///< leases that count
    std::string worker;
    std::string reason;  ///< why it did not come to a comparison, or not yet
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
    static constexpr int kMostSampled = 2'000;
};

}  // namespace spineseg
