// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/analysis_time.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace spineseg::dicom {
namespace {

std::string local_text(const AnalysisTime& time, const char* format) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.utc.time_since_epoch()).count();
    const auto local = static_cast<std::time_t>(seconds + 60 * time.offset_minutes);
    std::tm parts{};
    gmtime_r(&local, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string AnalysisTime::date() const {
    return local_text(*this, "%Y%m%d");
}

std::string AnalysisTime::time() const {
    return local_text(*this, "%H%M%S");
}

std::string AnalysisTime::date_time() const {
    char offset[16];
    const int minutes = std::abs(offset_minutes);
    std::snprintf(offset, sizeof offset, "%c%02d%02d", offset_minutes < 0 ? '-' : '+', minutes / 60 % 100,
                  minutes % 60);
    return date() + time() + offset;
}

std::optional<int> utc_offset_of(const std::string& text) {
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    int digits[4];
    for (int i = 0; i < 4; ++i) {
        const char c = text[static_cast<std::size_t>(i) + 1];
        if (c < '0' || c > '9') return std::nullopt;
        digits[i] = c - '0';
    }
    const int minute = 10 * digits[2] + digits[3];
    const int minutes = (text[0] == '-' ? -1 : 1) * (60 * (10 * digits[0] + digits[1]) + minute);
    if (minute > 59 || minutes < -12 * 60 || minutes > 14 * 60) return std::nullopt;
    return minutes;
}

}  // namespace spineseg::dicom
