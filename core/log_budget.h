// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bounds how much one place in the code may write into a log: a peer that makes us write a line for each of its
/// messages must not fill the disk or hide what other places say. No thread of its own; the owner locks.

#include <chrono>
#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

/// The line of the code that writes.
struct LogPlace {
    std::string_view file;  ///< as the compiler names it, which lives as long as the program
    int line = 0;
    friend auto operator<=>(const LogPlace&, const LogPlace&) = default;
};

class LogBudget {
  public:
    using Instant = std::chrono::steady_clock::time_point;
    static constexpr int kLines = 300;
    static constexpr std::chrono::seconds kWindow{60};

    /// Counts one line of that place. Whether it may be written.
    bool allows(const LogPlace& place, Instant now);
    /// What is to be written about lines that were held back: once at the first of them, and the number when the
    /// place's minute has passed. To be asked for after each allows().
    std::vector<std::string> reports(Instant now);

  private:
    struct Window {
        Instant begun;
        int written = 0;
        int held_back = 0;
        bool announced = false;
    };
    std::map<LogPlace, Window> windows_;
    bool holds_back_ = false;  ///< some window does
};

}  // namespace spineseg
