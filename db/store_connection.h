// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The one connection that the stores of this library share, behind one mutex: any thread may call. For the
/// stores only; SqliteFailure becomes database_unavailable here.

#include <filesystem>
#include <string>
#include <utility>

#include "core/result.h"
#include "core/thread_annotations.h"
#include "db/schema.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

inline tl::unexpected<Error> unavailable(const std::filesystem::path& file, const std::exception& why) {
    return failure(ErrorCode::database_unavailable, file.string() + ": " + why.what());
}

class StoreConnection {
  public:
    /// Throws SqliteFailure where the file cannot be opened or is not ours.
    StoreConnection(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout)
        : file_(file), database_(file, busy_timeout) {
        prepare_schema(database_);
    }

    /// One transaction under the mutex. `work` returns a Result; a failure rolls back. Reads are transactions
    /// too: a snapshot of job and results together, and no reader that would keep the log from being
    /// checkpointed.
    template <typename Work>
    auto transact(Work work) -> decltype(work(std::declval<Database&>())) {
        const MutexLock lock(mutex_);
        try {
            Transaction transaction(database_);
            auto result = work(database_);
            if (result) transaction.commit();
            return result;
        } catch (const SqliteFailure& why) {
            return unavailable(file_, why);
        }
    }

  private:
    const std::filesystem::path file_;
    Mutex mutex_;
    Database database_ GUARDED_BY(mutex_);
};

}  // namespace spineseg::sqlite
