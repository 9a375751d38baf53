// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The mean of figures some of which may not exist: the Dice of a structure that neither map has, say.
/// Values; any thread.

#include <optional>
#include <span>

namespace spineseg {

/// Over those that are known; nothing when none is.
inline std::optional<double> mean_of_present(std::span<const std::optional<double>> values) {
    double sum = 0.0;
    int count = 0;
    for (const auto& value : values) {
        if (!value) continue;
        sum += *value;
        ++count;
    }
    if (count == 0) return std::nullopt;
    return sum / count;
}

}  // namespace spineseg
