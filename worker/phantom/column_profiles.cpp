// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/column_profiles.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spineseg::phantom {
namespace {

constexpr double kApex = 9;       // index of L3, where a scoliosis stands farthest aside
constexpr double kCurveHalf = 6;  // segments from there to its ends

}  // namespace

std::vector<double> half_depths(const Anatomy& anatomy) {
    std::vector<double> values;
    for (const Segment& s : anatomy.segments) values.push_back(s.half_depth * (1 - 0.5 * s.taper));
    return values;
}

std::vector<double> epidural_gaps(const Anatomy& anatomy) {
    std::vector<double> values;
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) {
        values.push_back(i > anatomy.s1 + 1 ? 0.3 : (i == anatomy.s1 + 1 ? 1.5 : 4.0));
    }
    return values;
}

std::vector<double> side_shifts(const Anatomy& anatomy) {
    std::vector<double> values;
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) {
        const double aside = std::clamp((static_cast<double>(i) - kApex) / kCurveHalf, -1.0, 1.0);
        const double bend = std::cos(0.5 * std::numbers::pi * aside);
        values.push_back(anatomy.scoliosis * std::sin(0.35 * static_cast<double>(i)) +
                         anatomy.findings.scoliosis_mm * bend * bend);
    }
    return values;
}

std::vector<double> sac_sizes(const Anatomy& anatomy) {
    std::vector<double> values;
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) {
        if (i + 1 < anatomy.s1)
            values.push_back(0.45);
        else if (i + 1 == anatomy.s1)
            values.push_back(0.5);
        else if (i == anatomy.s1)
            values.push_back(0.72);
        else if (i == anatomy.s1 + 1)
            values.push_back(0.92);
        else
            values.push_back(i < anatomy.s1 + 6 ? 1.0 : 0.95);
    }
    return values;
}

}  // namespace spineseg::phantom
