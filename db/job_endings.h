// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How jobs ended, in the order in which they did. The database writes the record in the transaction that ends the job (a
/// trigger in ending_schema.h), so that none is left out; a job that is asked for again ends again. Part of JobStore's
/// database and its connection; any thread may call. Fails with database_unavailable when SQLite does.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"

namespace spineseg {

namespace sqlite {
class Statement;
class StoreConnection;
}  // namespace sqlite

struct JobEnding {
    std::int64_t number = 0;
    std::string job_id;
    std::int64_t epoch =
        0;  ///< of the job's newest lease: with the job's id it names this end, here and elsewhere
    std::string orthanc_series_id;
    std::string orthanc_study_id;
    std::string model_id;
    std::string model_digest;
    std::string manufacturer;  ///< of the scanner, as its images name it
    JobState state = JobState::done;
    std::string verdict;     ///< "pass", "review", "reject"; empty: none is known
    std::string event;       ///< "done", "review", "rejected", "failed", "canceled"
    std::string error_code;  ///< empty: none
    int attempts = 0;
    Timestamp created{};
    Timestamp queued{};  ///< since when it waited; later than `created` when it was asked for again
    std::optional<Timestamp> started;  ///< the newest attempt
    Timestamp finished{};
};

/// With what only statistics need.
struct MeasuredEnding {
    JobEnding ending;
    std::optional<Timestamp> first_started;  ///< the first attempt since it was queued
    std::string summary_json;                ///< of that end; empty: none
};

namespace sqlite {
/// Reads the columns of `ending_columns()`.
void read_ending(Statement& row, JobEnding& ending);
/// "ending.number AS ending_number, ending.job_id, …".
const std::string& ending_columns();
}  // namespace sqlite

class JobEndings {
  public:
    explicit JobEndings(std::shared_ptr<sqlite::StoreConnection> connection);

    /// Those behind that one, oldest first, at most `limit`.
    Result<std::vector<MeasuredEnding>> after(std::int64_t number, int limit);
    /// The number of the newest; 0: none has ended yet.
    Result<std::int64_t> last();
    /// Forgets those before that time of which everybody has been told.
    Result<int> prune(Timestamp before);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
