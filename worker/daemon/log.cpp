// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/log.h"

#include <spdlog/spdlog.h>

namespace spineseg {

void write_log(LogLevel level, const std::string& text) {
    switch (level) {
        case LogLevel::info:
            return spdlog::info("{}", text);
        case LogLevel::warning:
            return spdlog::warn("{}", text);
        case LogLevel::error:
            return spdlog::error("{}", text);
        case LogLevel::critical:
            return spdlog::critical("{}", text);
    }
}

void set_log_level(const std::string& level) {
    spdlog::set_level(spdlog::level::from_str(level));
}

void close_log() {
    spdlog::shutdown();
}

}  // namespace spineseg
