// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Series that wait to be judged, each once; what fails for want of database or archive comes again later.
/// In memory only: what is lost in a crash is found again by ChangeLogCursor. Work thread only.

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spineseg {

class SeriesQueue {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    void push(const std::string& id);
    /// Unless it waits to be tried again.
    void push_new(const std::string& id) {
        if (!postponed_.contains(id)) push(id);
    }
    std::optional<std::string> pop();
    /// Tried and not achieved: comes back after 2 s, 4 s and so on to half a minute, and after an hour of that every
    /// ten minutes. It is never given up: what it waits for may take days.
    void postpone(const std::string& id, Instant now);
    /// Not tried at all: stands first again.
    void put_back(const std::string& id);
    /// What it waited for has come.
    void wake_all() { wake(Instant::max()); }
    void succeeded(const std::string& id) { failures_.erase(id); }
    /// Moves what is due back to the queue. True when there is something to do.
    bool wake(Instant now);
    bool empty() const { return waiting_.empty() && postponed_.empty(); }

  private:
    std::deque<std::string> waiting_;
    std::set<std::string> waiting_ids_;
    std::map<std::string, Instant> postponed_;
    std::map<std::string, int> failures_;
};

}  // namespace spineseg
