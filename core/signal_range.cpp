// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/signal_range.h"

#include <algorithm>
#include <cmath>

namespace spineseg {

void SignalRange::add(std::span<const float> values) {
    for (const float value : values) {
        if (std::isnan(value)) continue;
        lowest = std::min<double>(lowest, value);
        highest = std::max<double>(highest, value);
        sum += value;
        ++count;
    }
}

double SignalRange::zero() const {
    if (count == 0 || !(lowest < highest)) return 0;
    if (lowest < 0) return lowest;
    const double mean = sum / static_cast<double>(count);
    return lowest > mean / 3 ? lowest : 0;
}

}  // namespace spineseg
