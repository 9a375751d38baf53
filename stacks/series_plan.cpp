// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/series_plan.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace spineseg {
namespace {

void sort_readings(std::vector<FrameReading>& readings) {
    std::sort(readings.begin(), readings.end(), [](const FrameReading& a, const FrameReading& b) {
        return std::tie(a.header.sop_instance_uid, a.header.frame) <
               std::tie(b.header.sop_instance_uid, b.header.frame);
    });
}

/// Takes those that have a place; the first anatomical one without one is the fault of all.
void take_headers(std::vector<FrameReading>&& readings, SeriesPlan& plan) {
    for (auto& [header, fault] : readings) {
        if (!fault)
            plan.headers.push_back(std::move(header));
        else if (!header.kind.shows_anatomy())
            plan.left_aside.push_back(fault->detail + " (no anatomy: " + header.kind.reason + ")");
        else if (!plan.fault)
            plan.fault = std::move(fault);
    }
}

}  // namespace

SeriesPlan plan_series(std::vector<FrameReading> readings, int min_slices) {
    SeriesPlan plan;
    sort_readings(readings);
    take_headers(std::move(readings), plan);
    if (plan.fault) return plan;
    auto candidates = examine_stacks(plan.headers, min_slices);
    auto chosen = choose_stack(candidates, plan.headers);
    if (chosen) {
        const FrameHeader& first = plan.headers[candidates[*chosen].images.front()];
        if (first.frame_of_reference_uid.empty())
            chosen = failure(ErrorCode::missing_attribute, first.name + " lacks its frame of reference UID");
    }
    if (!chosen) plan.fault = chosen.error();
    if (chosen)
        for (auto& odd : odd_images(candidates, plan.headers, *chosen))
            plan.left_aside.push_back(std::move(odd));
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
