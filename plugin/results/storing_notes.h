// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What attempts are about to store, written into the archive's own index before it is stored and taken out once the
/// object is a job's result, and is marked as one there, or is out of the archive again. The database says the same
/// (db/leftovers.h); this is for the time when that database is lost: whatever stands here and is unknown to the present
/// one is the rest of an attempt that nobody finishes, and is deleted. Objects that the archive held before never stand
/// here.
///
/// The same for older results that a job replaces (the setting Superseded): they are noted before the job is done. Where
/// the database does not know the job, it was done if nothing stands here that it was about to store. Once it is done,
/// the notes of what it stored become none and those of what it replaces become orders to delete, in one write: from then
/// on they are deleted whatever a database says that was put in place of the present one.
/// Blocks on the database and on Orthanc: work thread, but for uids(), which any thread may call.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"

namespace spineseg {

struct StoringNote {
    enum class Kind { stores, replaces, deletes };
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
    /// A job of that study is about to be done with these results, and `replaced` with it. Nothing noted before deletes one
    /// of its results.
    Result<void> announce_end(const std::string& orthanc_study_id, const std::vector<ResultObject>& results,
                              const std::vector<StoringNote>& replaced);
    Result<void> drop(const std::string& job_id, const std::string& sop_instance_uid);
    /// Takes out the notes that the database needs no more, and deletes what they name where it knows nothing of it.
    /// What cannot be settled now stays for the next call, with the first error. Of one study, where one is named.
    Result<void> settle(JobStore& store, const std::string& orthanc_study_id = "");
    /// The same, but nothing is deleted of what jobs replace.
    Result<void> settle_stored(JobStore& store);
    /// Of the objects that count as unfinished or replaced.
    Result<std::set<std::string>> uids();

  private:
    Result<std::vector<StoringNote>> read();
    Result<void> write(const std::vector<StoringNote>& notes);
    using IsSettled = std::function<Result<bool>(StoringNote&)>;
    /// Takes the notes of that kind and study that are settled out of `notes`. What fails stays; the first error.
    static Result<void> take_settled(std::vector<StoringNote>& notes, StoringNote::Kind kind,
                                     const std::string& orthanc_study_id, const IsSettled& is_settled);
    Result<void> settle_those(JobStore& store, const std::string& orthanc_study_id, bool delete_replaced);
    Result<bool> is_stored(JobStore& store, const StoringNote& note);
    Result<void> mark(JobStore& store, const StoringNote& note);
    struct Storing {
        std::set<std::string> before, now;  ///< jobs
    };
    Result<bool> replaces_nothing(JobStore& store, StoringNote& note, const Storing& storing);
    Result<void> take_out(JobStore& store, const StoringNote& note);
    Result<bool> is_in_study(const std::string& orthanc_instance_id, const std::string& orthanc_study_id);

    Archive& archive_;
    Log& log_;
};

}  // namespace spineseg
