// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/region.h"

namespace spineseg::eligibility {
namespace {

RegionFinding region_of(const std::vector<std::string>& words, const RegionRules& rules) {
    const auto* lumbar = first_match(rules.lumbar, words);
    const auto* other = first_match(rules.other, words);
    const auto* thoracic = first_match(rules.thoracic, words);
    if (lumbar && other) return {Region::contradictory, lumbar->text() + " and " + other->text()};
    if (lumbar) return {Region::lumbar, lumbar->text()};
    if (other) return {Region::other, other->text()};
    if (first_match(rules.whole_spine, words)) return {};
    return thoracic ? RegionFinding{Region::thoracic, thoracic->text()} : RegionFinding{};
}

}  // namespace

const char* to_string(Region region) {
    switch (region) {
        case Region::lumbar:
            return "lumbar";
        case Region::thoracic:
            return "thoracic";
        case Region::other:
            return "other";
        case Region::contradictory:
            return "contradictory";
        default:
            return "unknown";
    }
}

RegionFinding find_region(const SeriesTags& tags, const RegionRules& rules) {
    const auto series = region_of(words_of(tags, rules.series_text), rules);
    if (series.region != Region::silent && series.region != Region::contradictory) return series;
    auto part = region_of(words_of(tags, rules.body_part), rules);
    if (part.region == Region::thoracic) part = {};
    const auto study = region_of(words_of(tags, rules.study_text), rules);
    if (part.region == Region::silent) return study;
    if (study.region == Region::silent || study.region == part.region) return part;
    return {Region::contradictory, part.evidence + " and " + study.evidence};
}

}  // namespace spineseg::eligibility
