// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What must leave the archive again: objects that an attempt brought in, or was about to bring in, and that are
/// results of no job. A row is written before the object is stored and goes when the object is a job's result or
/// is out of the archive, so that neither a crash nor a database that is away leaves an object behind. Part of
/// JobStore's database and its connection; any thread may call. Fails with database_unavailable when SQLite does.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

/// What the database says of an object that an attempt of a job was about to store.
enum class StoredKnowledge {
    none,
    unfinished,  ///< the attempt has not ended, or the object is to leave the archive
    result,      ///< of the job
};

struct Leftover {
    std::int64_t number = 0;
    std::string job_id;
    std::string sop_instance_uid;
    std::string orthanc_instance_id;  ///< empty: it may have been stored or not
};

class Leftovers {
  public:
    explicit Leftovers(std::shared_ptr<sqlite::StoreConnection> connection);

    /// The holder of that lease is about to store an object that the archive does not hold.
    Result<void> announce(const std::string& job_id, std::int64_t epoch, const std::string& sop_instance_uid);
    /// What was announced stays where it is now, whatever becomes of the job.
    Result<void> withdraw(const std::string& job_id, const std::string& sop_instance_uid);
    /// What no live lease is about to store, oldest first; of one job, where one is named.
    Result<std::vector<Leftover>> due(int limit, const std::string& job_id = "");
    Result<StoredKnowledge> knowledge_of(const std::string& job_id, const std::string& sop_instance_uid);
    /// Whether a job lists that instance of Orthanc among its results.
    Result<bool> is_a_result(const std::string& orthanc_instance_id);
    Result<void> forget(const Leftover& leftover);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
