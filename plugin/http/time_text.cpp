// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/time_text.h"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace spineseg {

std::string iso8601(Timestamp time) {
    const auto milliseconds = time.time_since_epoch().count();
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(milliseconds % 1000));
    return text;
}

nlohmann::json time_or_null(const std::optional<Timestamp>& time) {
    return time ? nlohmann::json(iso8601(*time)) : nlohmann::json(nullptr);
}

}  // namespace spineseg
