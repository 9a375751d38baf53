// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which series changed while nobody listened. Orthanc keeps the series that wait to become stable in memory
/// only, so a restart loses those events; its change log does not. A cursor into that log lives in our
/// database:
/// - at start, everything after the cursor is looked at again, page by page;
/// - a first start puts the cursor at the log's end: what an archive held before the plugin came is not
/// segmented unasked;
/// - while running, the cursor follows only in quiet moments, when every series that has begun is stable and
/// judged. Work thread only.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive.h"

namespace spineseg {

class ChangeLogCursor {
  public:
    explicit ChangeLogCursor(Archive& archive) : archive_(archive) {}

    struct Page {
        std::vector<std::string> series;  ///< to be judged, without repetitions within the page
        bool done = false;
    };
    /// Reads the next page of the log. Moves no cursor: what is found may still be growing.
    Result<Page> next(JobStore& store);
    /// Called now and then in a quiet moment. Moves the cursor to where the log ended at the previous call,
    /// so that a change whose event is still under way is never skipped.
    Result<void> save_when_idle(JobStore& store);
    /// Not quiet: the next save_when_idle() starts afresh.
    void reset() { candidate_.reset(); }

  private:
    Result<void> begin(JobStore& store);
    Result<std::optional<std::string>> series_of(const ArchiveChange& change);

    Archive& archive_;
    std::optional<std::int64_t> position_;  ///< of next()
    std::optional<std::int64_t> saved_;     ///< what the database holds
    std::optional<std::int64_t> candidate_;
};

}  // namespace spineseg
