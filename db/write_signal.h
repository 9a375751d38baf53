// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tells waiting threads that this process has written into the database, so that a long poll need not ask it again and
/// again. Holds nothing while it waits but its own mutex, which the wait gives back. Any thread.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace spineseg {

class WriteSignal {
  public:
    /// How many writes there were.
    std::uint64_t count() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }
    void written() {
        {
            const std::lock_guard lock(mutex_);
            ++count_;
        }
        changed_.notify_all();
    }
    /// Until there is another count than `seen`, until that time, or until stop().
    void wait(std::uint64_t seen, std::chrono::steady_clock::time_point until) const {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, until, [&] { return stopped_ || count_ != seen; });
    }
    /// Nobody waits any more, from now on.
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        changed_.notify_all();
    }
    bool is_stopped() const {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::uint64_t count_ = 0;
    bool stopped_ = false;
};

}  // namespace spineseg
