// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Progress for a person, on standard error: a bar that redraws itself on a terminal, a line per stage
/// elsewhere. One thread.

#include <chrono>
#include <optional>
#include <string>

#include "core/job.h"

namespace spineseg {

class ProgressLine {
  public:
    explicit ProgressLine(std::string title);
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// Fits a ProgressSink; never asks to stop.
    bool show(const Progress& progress);
    /// Leaves the terminal's line empty.
    void clear();

  private:
    std::string title_;
    bool terminal_;
    bool drawn_ = false;
    std::optional<Stage> stage_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace spineseg
