// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/local_clock.h"

#include <chrono>
#include <ctime>

namespace spineseg {

dicom::AnalysisTime local_time_now() {
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return {now, static_cast<int>(parts.tm_gmtoff / 60)};
}

}  // namespace spineseg
