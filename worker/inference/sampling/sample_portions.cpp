// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/sample_portions.h"

namespace spineseg {

std::vector<std::vector<std::int64_t>> sample_portions(std::int64_t member, std::int64_t members,
                                                       std::int64_t samples, std::int64_t most) {
    std::vector<std::vector<std::int64_t>> portions;
    for (auto sample = member; sample < samples; sample += members) {
        if (portions.empty() || std::ssize(portions.back()) == most) portions.emplace_back();
        portions.back().push_back(sample);
    }
    return portions;
}

}  // namespace spineseg
