// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What of the archive is ours to judge, kept in the archive's own index as well as in the database, so that the loss
/// of the database is noticed and no series with it:
/// - since when the plugin has been here: what the archive held before is not segmented unasked;
/// - until when series were judged. A database that says an earlier time is an old one, or a new one.
/// Work thread only.

#include <optional>

#include "core/job.h"
#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"

namespace spineseg {

class ArchiveMemory {
  public:
    explicit ArchiveMemory(Archive& archive) : archive_(archive) {}

    /// A database was opened: both memories are compared, and what only one of them has is given to the other.
    /// `replaced`: this process had another file open before, so that this one may be old whatever it says.
    /// True: it is new, old or another one, which the database remembers from then on.
    Result<bool> compare(JobStore& store, Timestamp now, bool replaced = false);
    /// Series were judged up to now.
    Result<void> note_judged(JobStore& store, Timestamp now);

    /// nullopt before the first compare().
    std::optional<Timestamp> since() const { return since_; }
    /// Another database knew more than the present one, which was opened first then: series that came before may have been
    /// judged, and have their results. Known after restarts too. nullopt when none was ever lost.
    std::optional<Timestamp> lost_until() const { return lost_until_; }

  private:
    Result<void> write(std::optional<Timestamp> judged);

    Archive& archive_;
    std::optional<Timestamp> since_;
    std::optional<Timestamp> lost_until_;
};

}  // namespace spineseg
