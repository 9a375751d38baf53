// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Looks through all series of the archive, page by page, for those that the database does not know, or knows only as
/// they were: the archive is the truth and the database a memory of it. What events and the change log have lost is
/// found that way. A page is one call to Orthanc and one look into the database. Work thread only.

#include <cstdint>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"

namespace spineseg {

class ArchiveSweep {
  public:
    explicit ArchiveSweep(Archive& archive) : archive_(archive) {}

    /// From the first page; a sweep that is under way is followed by another one.
    void begin();
    /// Series were deleted: pages behind them moved, so that one may have been passed over.
    void series_left() { again_ = again_ || running_; }
    bool running() const { return running_; }
    /// One page: the stable series that changed after `since` and after their verdict. A page that failed is asked
    /// for again by the next call.
    Result<std::vector<std::string>> next(JobStore& store, Timestamp since);

  private:
    static constexpr int kPage = 100;
    Archive& archive_;
    bool running_ = false;
    bool again_ = false;
    std::int64_t position_ = 0;
};

}  // namespace spineseg
