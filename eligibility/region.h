// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which part of the body a header speaks of. For this library's sources only.

#include <string>

#include "eligibility/region_rules.h"
#include "eligibility/series_tags.h"

namespace spineseg::eligibility {

enum class Region { silent, lumbar, thoracic, other, contradictory };
/// "unknown" for a silent header.
const char* to_string(Region region);

/// What a header says about the region, and the pattern that says it.
struct RegionFinding {
    Region region = Region::silent;
    std::string evidence;
};

/// The series' own text decides if it says anything. Else body part and study text, where they do not
/// contradict: both are often left over from another examination. A thoracic BodyPartExamined alone is not
/// believed: 2 of SPIDER's 447 lumbar series carry TSPINE.
RegionFinding find_region(const SeriesTags& tags, const RegionRules& rules);

}  // namespace spineseg::eligibility
