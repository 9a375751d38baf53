// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the jobs stored, as far as the archive still holds it, and copies of our results that somebody made
/// in the archive. Part of JobStore's database and its connection; any thread may call. Fails with
/// database_unavailable when SQLite does.

#include <cstdint>
#include <functional>
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

/// A series in the study of a job's source that spineseg wrote and that no job of this database stored: a
/// copy that /modify or /anonymize made, or a result that came from elsewhere.
struct CopiedResult {
    std::string orthanc_series_id;
    std::string series_instance_uid;
    std::string description;  ///< Series Description; an anonymised copy has none
    std::string why;          ///< how it was recognised, for a person
    friend bool operator==(const CopiedResult&, const CopiedResult&) = default;
};

/// A job that has ended, with its place in the order of arrival.
struct EndedJob {
    std::int64_t number = 0;
    Job job;
};

class StoredResults {
  public:
    using Clock = std::function<Timestamp()>;
    StoredResults(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock);

    /// The jobs that stored one of these instances or series (ids of Orthanc), each once, newest first.
    Result<std::vector<Job>> jobs_of(const std::vector<std::string>& orthanc_ids);
    /// The jobs of the study's series that are done, newest first.
    Result<std::vector<Job>> done_in_study(const std::string& orthanc_study_id);
    /// The oldest job behind `after` that is done, rejected or failed.
    Result<std::optional<EndedJob>> next_ended(std::int64_t after);

    /// Of the job's results these instances are not in the archive, and all others are. The time at which one
    /// was first found missing is kept. Returns how many results changed.
    Result<int> set_missing(const std::string& job_id, const std::vector<std::string>& orthanc_instance_ids);

    /// Replaces what is known of copies beside this job's results.
    Result<void> set_copied(const std::string& job_id, const std::vector<CopiedResult>& copied);
    Result<std::vector<CopiedResult>> copied(const std::string& job_id);
    /// These series have gone from the archive.
    Result<void> forget_copied(const std::vector<std::string>& orthanc_series_ids);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg
