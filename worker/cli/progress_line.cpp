// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace spineseg {

ProgressLine::ProgressLine(std::string title)
    : title_(std::move(title)), terminal_(::isatty(STDERR_FILENO) == 1) {}

bool ProgressLine::show(const Progress& progress) {
    const bool new_stage = stage_ != progress.stage;
    stage_ = progress.stage;
    const std::string stage(to_string(progress.stage));
    if (!terminal_) {
        if (new_stage) std::fprintf(stderr, "%s: %s\n", title_.c_str(), stage.c_str());
        return true;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!new_stage && progress.fraction < 1.0 && now - last_ < std::chrono::milliseconds(60)) return true;
    last_ = now;
    constexpr int kWidth = 28;
    const double fraction = std::clamp(progress.fraction, 0.0, 1.0);
    std::string bar(static_cast<std::size_t>(fraction * kWidth), '#');
    bar.resize(kWidth, '.');
    std::fprintf(stderr, "\r\033[K%s  %-15s [%s] %3.0f %%", title_.c_str(), stage.c_str(), bar.c_str(),
                 100.0 * fraction);
    std::fflush(stderr);
    drawn_ = true;
    return true;
}

void ProgressLine::clear() {
    if (drawn_) std::fputs("\r\033[K", stderr);
    drawn_ = false;
}

}  // namespace spineseg
