// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How each attempt at a job ended. The database writes the record when the lease ends (a trigger in schema.cpp) and
/// refuses every change of it; the oldest of more than a hundred attempts at one job go. Part of JobStore's database
/// and its connection; any thread may call. Fails with database_unavailable when SQLite does.

#include <cstdint>
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

struct JobAttempt {
    std::int64_t epoch = 0;  ///< of the lease; grows, whoever asked
    int attempt = 0;         ///< counted since the job was asked for
    std::string worker;
    std::string model_id;
    std::string model_digest;
    std::string stage;
    std::optional<Timestamp> started;
    Timestamp ended{};
    std::string
        state;  ///< the job's afterwards: "queued" for another attempt; "released" where it did not count
    std::optional<Error> error;
    std::string summary_json;
    std::string results;  ///< SOP Instance UIDs that the job had then, with blanks between
};

class JobAttempts {
  public:
    explicit JobAttempts(std::shared_ptr<sqlite::StoreConnection> connection);
    /// Oldest first.
    Result<std::vector<JobAttempt>> of(const std::string& job_id);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
