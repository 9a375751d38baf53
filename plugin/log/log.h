// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where the plugin's lines go: Orthanc's log in the product, a list in tests. Lines carry UIDs and Orthanc's
/// ids, never patient data. Whatever a line quotes, it is written as one printable line of bounded length, and each
/// place of the code has a budget of lines a minute (core/log_budget.h). Any thread.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/log_budget.h"
#include "core/thread_annotations.h"

namespace spineseg {

class Log {
  public:
    enum class Level { info, warning, error };

    virtual ~Log() = default;
    /// `file` and `at` are left to the compiler: the place that calls.
    void info(std::string_view line, const char* file = __builtin_FILE(), int at = __builtin_LINE()) {
        say(Level::info, line, {file, at});
    }
    void warning(std::string_view line, const char* file = __builtin_FILE(), int at = __builtin_LINE()) {
        say(Level::warning, line, {file, at});
    }
    void error(std::string_view line, const char* file = __builtin_FILE(), int at = __builtin_LINE()) {
        say(Level::error, line, {file, at});
    }

  protected:
    /// For tests of the budget.
    using Clock = std::function<LogBudget::Instant()>;
    explicit Log(Clock clock = &std::chrono::steady_clock::now) : clock_(std::move(clock)) {}

  private:
    /// The line is printable and short. Several threads may be in here at once.
    virtual void write(Level level, const std::string& line) = 0;
    void say(Level level, std::string_view line, const LogPlace& place) EXCLUDES(mutex_);

    const Clock clock_;
    Mutex mutex_;
    LogBudget budget_ GUARDED_BY(mutex_);
};

}  // namespace spineseg
