// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/series_plan.h"

#include <algorithm>
#include <tuple>

namespace spineseg {

void sort_frames(std::vector<FrameHeader>& headers) {
    std::sort(headers.begin(), headers.end(), [](const FrameHeader& a, const FrameHeader& b) {
        return std::tie(a.sop_instance_uid, a.frame) < std::tie(b.sop_instance_uid, b.frame);
    });
}

SeriesPlan plan_series(const std::vector<FrameHeader>& headers, int min_slices) {
    SeriesPlan plan;
    auto candidates = examine_stacks(headers, min_slices);
    const auto chosen = choose_stack(candidates, headers);
    if (!chosen) plan.fault = chosen.error();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        auto& candidate = candidates[i];
        StackReport report{std::move(candidate.description), chosen && *chosen == i, std::nullopt};
        if (!candidate.stack) report.fault = candidate.stack.error();
        plan.stacks.push_back(std::move(report));
    }
    if (chosen) plan.chosen = std::move(*candidates[*chosen].stack);
    return plan;
}

}  // namespace spineseg
