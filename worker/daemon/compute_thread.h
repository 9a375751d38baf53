// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One thread that works off what is posted to it, in order. The model is loaded and run on it, so that
/// LibTorch's thread-local settings are made where they are used. post() from any thread; an exception must
/// not leave a task.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace spineseg {

class ComputeThread {
  public:
    ComputeThread();
    /// Waits for the task that runs; tasks that have not begun are dropped.
    ~ComputeThread();
    ComputeThread(const ComputeThread&) = delete;
    ComputeThread& operator=(const ComputeThread&) = delete;

    void post(std::function<void()> task);
    /// Runs the task there and waits for it.
    void run(const std::function<void()>& task);

  private:
    void work();
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace spineseg
