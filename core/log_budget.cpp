// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log_budget.h"

namespace spineseg {
namespace {

std::string name_of_place(const LogPlace& place) {
    const auto slash = place.file.rfind('/');
    return std::string(slash == std::string_view::npos ? place.file : place.file.substr(slash + 1)) + ":" +
           std::to_string(place.line);
}

}  // namespace

bool LogBudget::allows(const LogPlace& place, Instant now) {
    auto [found, is_new] = windows_.try_emplace(place);
    Window& window = found->second;
    if (is_new) window.begun = now;
    // A window that held lines back is ended by reports(), which names their number.
    if (window.held_back == 0 && now - window.begun >= kWindow) window = {.begun = now};
    if (window.written < kLines) {
        ++window.written;
        return true;
    }
    ++window.held_back;
    holds_back_ = true;
    return false;
}

std::vector<std::string> LogBudget::reports(Instant now) {
    std::vector<std::string> lines;
    if (!holds_back_) return lines;
    holds_back_ = false;
    for (auto& [place, window] : windows_) {
        if (window.held_back == 0) continue;
        if (now - window.begun >= kWindow) {
            lines.push_back(std::to_string(window.held_back) + " lines of " + name_of_place(place) +
                            " were suppressed in the last minute");
            window = {.begun = now};
            continue;
        }
        if (!window.announced)
            lines.push_back("more than " + std::to_string(kLines) + " lines a minute at " +
                            name_of_place(place) + ": further ones are suppressed until the minute is over");
        window.announced = true;
        holds_back_ = true;
    }
    return lines;
}

}  // namespace spineseg
