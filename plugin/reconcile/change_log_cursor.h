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
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"

namespace spineseg {

class ChangeLogCursor {
  public:
    explicit ChangeLogCursor(Archive& archive) : archive_(archive) {}

    struct Found {
        std::vector<std::string> series;  ///< to be judged; each once for a page of the log
        bool done = false;                ///< nothing is left to read
    };
    /// One step: reads a page of the log, or looks up the series of one new instance on that page. The page's series
    /// come with its last step; after a failure the next call tries the same again. Moves no cursor: what is found
    /// may still be growing.
    Result<Found> next(JobStore& store);
    /// Called now and then in a quiet moment. Moves the cursor to where the log ended at the previous call,
    /// so that a change whose event is still under way is never skipped.
    Result<void> save_when_idle(JobStore& store);
    /// Another database was opened.
    void begin_again();
    /// Not quiet: the next save_when_idle() starts afresh.
    void reset() { candidate_.reset(); }

  private:
    Result<void> begin(JobStore& store);
    Result<void> read_page(JobStore& store);
    Result<void> look_up_instance();

    Archive& archive_;
    std::optional<std::int64_t> position_;  ///< of next(): the end of the page that was read last
    std::deque<std::string> instances_;     ///< of that page, to be looked up
    std::set<std::string> series_;          ///< of that page
    bool last_page_ = false;
    std::optional<std::int64_t> saved_;  ///< what the database holds
    std::optional<std::int64_t> candidate_;
};

}  // namespace spineseg
