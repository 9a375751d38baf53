// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the rules said of each series. Part of JobStore's database and its connection; any thread may call. Fails
/// with database_unavailable when SQLite does.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

struct SeriesVerdict {
    std::string orthanc_series_id;
    std::string series_instance_uid;
    std::string fingerprint;
    bool eligible = false;
    std::string reason;  ///< for a person; empty when eligible
    Timestamp decided{};
};

/// A series and when the archive changed it last.
struct ChangedSeries {
    std::string orthanc_series_id;
    Timestamp changed{};
};

struct VerdictFilter {
    std::optional<bool> eligible;
    int limit = 100;  ///< newest first; at most kMostListed
    std::optional<std::string> before =
        {};                    ///< only what was judged before the series of this id (Orthanc's)
    bool own_results = false;  ///< true: series that we wrote, too
    static constexpr int kMostListed = 10'000;
};

struct ListedVerdict {
    SeriesVerdict verdict;
    std::optional<JobState> job = {};  ///< of the series' newest job
};

class SeriesVerdicts {
  public:
    explicit SeriesVerdicts(std::shared_ptr<sqlite::StoreConnection> connection);

    /// Replaces the series' earlier verdict.
    Result<void> record(const SeriesVerdict& verdict);
    Result<std::optional<SeriesVerdict>> of(const std::string& orthanc_series_id);
    /// Newest first.
    Result<std::vector<ListedVerdict>> list(const VerdictFilter& filter);
    /// Of these series, those that have no verdict, or one that is older than the series' last change.
    Result<std::vector<std::string>> outdated(const std::vector<ChangedSeries>& series);
    /// The series was looked at again, and the verdict stands.
    Result<void> confirm(const std::string& orthanc_series_id, Timestamp now);
    /// The series has gone from the archive: its verdict goes, and its jobs may be pruned when they are old enough.
    Result<void> forget(const std::string& orthanc_series_id);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
