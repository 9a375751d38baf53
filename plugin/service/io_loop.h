// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The I/O thread: the workers' socket and a tick once a second. It never blocks. The public functions may be called
/// from any thread but this one; they post, and all state belongs to the I/O thread once it has started.

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "core/thread_annotations.h"
#include "plugin/service/event_thread.h"

namespace spineseg {

class WorkerServer;

class IoLoop {
  public:
    /// `on_tick` is called on the I/O thread and must not block. `server` is of `thread`'s context.
    IoLoop(EventThread& thread, std::unique_ptr<WorkerServer> server, std::function<void()> on_tick);
    ~IoLoop();

    void start();
    /// Closes socket and sessions. Each session then hands its lease back on the work thread.
    void close();
    /// False when sessions are still open after `patience`.
    bool wait_for_sessions(std::chrono::milliseconds patience);

  private:
    void tick() REQUIRES(io_);

    EventThread& thread_;
    const std::function<void()> on_tick_;
    ThreadRole io_;
    boost::asio::steady_timer timer_ GUARDED_BY(io_);
    std::unique_ptr<WorkerServer> server_ GUARDED_BY(io_);
    bool closed_ GUARDED_BY(io_) = false;
};

}  // namespace spineseg
