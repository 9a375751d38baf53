// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Requests that wait until something happens. Each holds one of Orthanc's HTTP threads, so only a few may; no lock and no
/// connection of the database is held while one waits. Any thread.

#include <atomic>
#include <chrono>
#include <functional>

#include "db/write_signal.h"

namespace spineseg {

class LongPolls {
  public:
    LongPolls(const WriteSignal& writes, int most) : writes_(writes), most_(most) {}

    /// Asks `ready` now, after every write and once a second, until it says true, the time is over, or the plugin
    /// stops. False where so many wait already that it was asked only once.
    bool wait(std::chrono::milliseconds time, const std::function<bool()>& ready);
    /// Until those that wait have their answers, at most that long. After WriteSignal::stop().
    void end(std::chrono::milliseconds patience) const;
    static constexpr int kMost = 8;

  private:
    using Clock = std::chrono::steady_clock;
    struct Place;

    const WriteSignal& writes_;
    const int most_;
    std::atomic<int> waiting_{0};
    std::atomic<Clock::duration> answered_{Clock::duration{}};  ///< when the last one was, of steady_clock
};

}  // namespace spineseg
