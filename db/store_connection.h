// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The one connection that the stores of this library share, behind one mutex: any thread may call. For the
/// stores only; SqliteFailure becomes database_unavailable here.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "core/result.h"
#include "core/thread_annotations.h"
#include "db/schema.h"
#include "db/sqlite.h"
#include "db/write_signal.h"

namespace spineseg::sqlite {

inline tl::unexpected<Error> unavailable(const std::filesystem::path& file, const std::exception& why) {
    return failure(ErrorCode::database_unavailable, file.string() + ": " + why.what());
}

/// A mutex for which nobody waits longer than he says.
class CAPABILITY("mutex") PatientMutex {
  public:
    bool try_lock_for(std::chrono::milliseconds patience)
        SPINESEG_THREAD_ATTRIBUTE(try_acquire_capability(true)) {
        std::unique_lock lock(mutex_);
        if (!free_.wait_for(lock, patience, [this] { return !taken_; })) return false;
        taken_ = true;
        return true;
    }
    void unlock() RELEASE() {
        {
            const std::lock_guard lock(mutex_);
            taken_ = false;
        }
        free_.notify_one();
    }

  private:
    std::mutex mutex_;
    std::condition_variable free_;
    bool taken_ = false;
};

class StoreConnection {
  public:
    /// Throws SqliteFailure where the file cannot be opened or is not ours. `patience`: for another process that
    /// has locked the file, and for another thread that uses this connection. `checked`: this process has looked
    /// for damage a moment ago. `written` may be null.
    StoreConnection(const std::filesystem::path& file, std::chrono::milliseconds patience, bool checked,
                    std::shared_ptr<WriteSignal> written)
        : file_(file), patience_(patience), written_(std::move(written)), database_(file, patience) {
        prepare_schema(database_, checked);
        database_.note_log_file();
    }

    /// One transaction under the mutex. `work` returns a Result; a failure rolls back.
    template <typename Work>
    auto transact(Work work) -> decltype(work(std::declval<Database&>())) {
        return run(Transaction::Kind::write, std::move(work));
    }
    /// The same for what changes nothing: a snapshot of job and results together, which waits for no writer, and
    /// not for another process that has locked the file.
    template <typename Work>
    auto look(Work work) -> decltype(work(std::declval<Database&>())) {
        return run(Transaction::Kind::read, std::move(work));
    }
    /// False once the file was moved, replaced or damaged: nothing that is written here is found again. Any thread.
    bool is_usable() const { return !spoilt_ && stands_in_place(); }

  private:
    /// Not analysed: clang follows no lock that may not be had.
    template <typename Work>
    SPINESEG_THREAD_ATTRIBUTE(no_thread_safety_analysis)
    std::invoke_result_t<Work&, Database&> run(Transaction::Kind kind, Work work) {
        if (!mutex_.try_lock_for(patience_))
            return failure(ErrorCode::database_unavailable, file_.string() + ": busy, try again");
        const std::lock_guard locked(mutex_, std::adopt_lock);
        try {
            Transaction transaction(database_, kind);
            auto result = work(database_);
            if (result) transaction.commit();
            if (result && written_ && kind == Transaction::Kind::write) written_->written();
            return result;
        } catch (const SqliteFailure& why) {
            if (why.connection_is_spoilt) spoilt_ = true;
            return unavailable(file_, why);
        }
    }
    /// Reads what the constructor set.
    bool stands_in_place() const SPINESEG_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
        return database_.stands_in_place();
    }

    const std::filesystem::path file_;
    const std::chrono::milliseconds patience_;
    const std::shared_ptr<WriteSignal> written_;
    std::atomic<bool> spoilt_{false};
    PatientMutex mutex_;
    Database database_ GUARDED_BY(mutex_);
};

}  // namespace spineseg::sqlite
