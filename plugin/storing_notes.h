// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What attempts are about to store, written into the archive's own index before it is stored and taken out once the
/// object is a job's result or is out of the archive again. The database says the same (db/leftovers.h); this is for
/// the time when that database is lost: whatever stands here and is unknown to the present one is the rest of an
/// attempt that nobody finishes, and is deleted. Objects that the archive held before never stand here.
///
/// The same for older results that a job replaces (the setting Superseded): they are noted before the job is done, and
/// are deleted once it is. Where the database does not know the job, it was done if nothing stands here that it was about
/// to store.
/// Blocks on the database and on Orthanc: work thread, but for uids(), which any thread may call.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive.h"
#include "plugin/log.h"

namespace spineseg {

struct StoringNote {
    enum class Kind { stores, replaces };
    Kind kind = Kind::stores;
    std::string job_id;
    std::string sop_instance_uid;
    std::string orthanc_study_id;  ///< only an instance in this study is ever deleted
    friend bool operator==(const StoringNote&, const StoringNote&) = default;
};

class StoringNotes {
  public:
    StoringNotes(Archive& archive, Log& log) : archive_(archive), log_(log) {}

    Result<void> add(const std::vector<StoringNote>& added);
    Result<void> drop(const std::string& job_id, const std::string& sop_instance_uid);
    /// Takes out the notes that the database needs no more, and deletes what they name where it knows nothing of it.
    /// What cannot be settled now stays for the next call, with the first error. Of one study, where one is named.
    Result<void> settle(JobStore& store, const std::string& orthanc_study_id = "");
    /// The same, but for what jobs replace.
    Result<void> settle_stored(JobStore& store);
    /// Of the objects that count as unfinished or replaced.
    Result<std::set<std::string>> uids();

  private:
    Result<std::vector<StoringNote>> read();
    Result<void> write(const std::vector<StoringNote>& notes);
    using Wanted = std::function<bool(const StoringNote&)>;
    Result<void> settle_those(JobStore& store, const Wanted& wanted);
    Result<bool> is_needed(JobStore& store, const StoringNote& note, const std::set<std::string>& storing);
    Result<bool> replacement_is_needed(JobStore& store, const StoringNote& note,
                                       const std::set<std::string>& storing);
    Result<void> take_out(JobStore& store, const StoringNote& note);
    Result<bool> is_in_study(const std::string& orthanc_instance_id, const std::string& orthanc_study_id);

    Archive& archive_;
    Log& log_;
};

}  // namespace spineseg
