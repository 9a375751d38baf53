// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the rules said of each series. Part of JobStore's database and its connection; any thread may call. Fails
/// with database_unavailable when SQLite does.

#include <memory>
#include <optional>
#include <string>

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

class SeriesVerdicts {
  public:
    explicit SeriesVerdicts(std::shared_ptr<sqlite::StoreConnection> connection);

    /// Replaces the series' earlier verdict.
    Result<void> record(const SeriesVerdict& verdict);
    Result<std::optional<SeriesVerdict>> of(const std::string& orthanc_series_id);
    /// The series has gone from the archive: its verdict goes, and its jobs may be pruned when they are old enough.
    Result<void> forget(const std::string& orthanc_series_id);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
