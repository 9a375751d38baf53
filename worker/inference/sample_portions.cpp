// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sample_portions.h"

#include <algorithm>

namespace spineseg {

std::vector<std::vector<std::int64_t>> sample_portions(std::int64_t member, std::int64_t members,
                                                       std::int64_t samples, std::int64_t most,
                                                       const std::vector<std::int64_t>& ends) {
    const auto ends_between = [&](std::int64_t last, std::int64_t next) {
        return std::any_of(ends.begin(), ends.end(),
                           [&](std::int64_t end) { return last < end && end <= next; });
    };
    std::vector<std::vector<std::int64_t>> portions;
    for (auto sample = member; sample < samples; sample += members) {
        if (portions.empty() || std::ssize(portions.back()) == most ||
            ends_between(portions.back().back(), sample))
            portions.emplace_back();
        portions.back().push_back(sample);
    }
    return portions;
}

}  // namespace spineseg
