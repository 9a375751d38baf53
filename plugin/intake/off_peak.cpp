// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/intake/off_peak.h"

#include <ctime>

namespace spineseg {
namespace {

std::tm local_time(Timestamp time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

/// That minute of the day of `day`, or of a later one; mktime() counts over months and shifts of the clock.
Timestamp minute_of(std::tm day, int minute, int days_later = 0) {
    day.tm_mday += days_later;
    day.tm_hour = minute / 60;
    day.tm_min = minute % 60;
    day.tm_sec = 0;
    day.tm_isdst = -1;
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::from_time_t(std::mktime(&day)));
}

}  // namespace

std::optional<Timestamp> next_off_peak(const OffPeak& hours, Timestamp now) {
    const auto today = local_time(now);
    const int minute = today.tm_hour * 60 + today.tm_min;
    const bool over_midnight = hours.from > hours.to;
    const bool within =
        over_midnight ? minute >= hours.from || minute < hours.to : minute >= hours.from && minute < hours.to;
    if (within) return std::nullopt;
    return minute_of(today, hours.from, minute < hours.from ? 0 : 1);
}

Timestamp local_midnight(Timestamp now) {
    return minute_of(local_time(now), 0);
}

}  // namespace spineseg
