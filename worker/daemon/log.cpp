// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/log.h"

#include <spdlog/spdlog.h>

#include <mutex>
#include <vector>

#include "core/log_budget.h"
#include "core/printable_text.h"

namespace spineseg {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::critical:
            break;
    }
    return spdlog::level::critical;
}

}  // namespace

void write_log(LogLevel level, std::string_view text, const char* file, int at) {
    static std::mutex mutex;
    static LogBudget budget;
    bool allowed = false;
    std::vector<std::string> reports;
    {
        const std::lock_guard lock(mutex);
        const auto now = LogBudget::Instant::clock::now();
        allowed = budget.allows({file, at}, now);
        reports = budget.reports(now);
    }
    for (const auto& report : reports) spdlog::warn("{}", report);
    if (allowed || level == LogLevel::critical) spdlog::log(spdlog_level(level), "{}", printable(text));
}

void set_log_level(const std::string& level) {
    spdlog::set_level(spdlog::level::from_str(level));
}

void close_log() {
    spdlog::shutdown();
}

}  // namespace spineseg
