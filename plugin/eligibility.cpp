// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/eligibility.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace spineseg {
namespace {

// dicom.md's thresholds: a plane is named by a normal within 37° of an axis; within one stack orientations
// are equal but for rounding, 5° leaves room for it and still tells two planes apart.
constexpr double kPlaneCosine = 0.8;
constexpr double kSameOrientation = 0.996;

Vec3 normal_of(const Orientation& orientation) {
    return normalised(cross(orientation.row, orientation.column));
}

std::vector<Orientation> orientations(const SeriesTags& tags) {
    std::vector<Orientation> distinct;
    const auto add = [&](const std::optional<Orientation>& candidate) {
        if (!candidate) return;
        const auto same = [&](const Orientation& known) {
            return std::abs(dot(normal_of(known), normal_of(*candidate))) >= kSameOrientation;
        };
        if (std::none_of(distinct.begin(), distinct.end(), same)) distinct.push_back(*candidate);
    };
    for (const auto& instance : tags.instances) add(instance.orientation);
    if (distinct.empty()) add(parse_orientation(tags.value("ImageOrientationPatient")));
    return distinct;
}

std::string plane_of(const Orientation& orientation) {
    const Vec3 n = normal_of(orientation);
    const std::array<double, 3> size{std::abs(n[0]), std::abs(n[1]), std::abs(n[2])};
    const auto largest = std::max_element(size.begin(), size.end());
    if (*largest < kPlaneCosine) return "oblique";
    constexpr std::array<const char*, 3> kNames{"sagittal", "coronal", "axial"};
    return kNames[static_cast<std::size_t>(largest - size.begin())];
}

/// From the positions of classic slices; of an Enhanced object by the spacing and the number of frames.
std::optional<double> coverage(const SeriesTags& tags, const Orientation& orientation) {
    const Vec3 n = normal_of(orientation);
    std::optional<double> low, high;
    for (const auto& instance : tags.instances) {
        if (!instance.position) continue;
        const double at = dot(n, *instance.position);
        low = std::min(low.value_or(at), at);
        high = std::max(high.value_or(at), at);
    }
    if (low && tags.instances.size() > 1) return *high - *low;
    const auto spacing = tags.number("SpacingBetweenSlices");
    if (!spacing || tags.image_count() < 2) return std::nullopt;
    return std::abs(*spacing) * (tags.image_count() - 1);
}

std::vector<std::string> words_of(const SeriesTags& tags, const std::vector<std::string>& keywords) {
    std::vector<std::string> words;
    for (const auto& keyword : keywords) {
        const auto more = fold_words(tags.value(keyword));
        words.insert(words.end(), more.begin(), more.end());
        words.emplace_back();  // so that no pattern reaches across two attributes
    }
    return words;
}

enum class Region { silent, lumbar, thoracic, other, contradictory };

/// What one level of a header says about the region, and the pattern that says it.
struct RegionFinding {
    Region region = Region::silent;
    std::string evidence;
};

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

/// The series' own text decides if it says anything. Else body part and study text, where they do not
/// contradict: both are often left over from another examination. A thoracic BodyPartExamined alone is not
/// believed: 2 of SPIDER's 447 lumbar series carry TSPINE.
RegionFinding decide_region(const SeriesTags& tags, const RegionRules& rules) {
    const auto series = region_of(words_of(tags, rules.series_text), rules);
    if (series.region != Region::silent && series.region != Region::contradictory) return series;
    auto part = region_of(words_of(tags, rules.body_part), rules);
    if (part.region == Region::thoracic) part = {};
    const auto study = region_of(words_of(tags, rules.study_text), rules);
    if (part.region == Region::silent) return study;
    if (study.region == Region::silent || study.region == part.region) return part;
    return {Region::contradictory, part.evidence + " and " + study.evidence};
}

const char* name_of(Region region) {
    if (region == Region::lumbar) return "lumbar";
    if (region == Region::thoracic) return "thoracic";
    return region == Region::other ? "other" : "unknown";
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(std::string_view(" \0", 2));
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(std::string_view(" \0", 2)) - first + 1);
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

std::string fact_text(const SeriesFacts& facts, const std::string& name) {
    if (name == "plane") return facts.plane;
    if (name == "region") return facts.region;
    return {};
}

std::optional<double> fact_number(const SeriesFacts& facts, const std::string& name) {
    if (name == "images") return facts.images;
    if (name == "orientations" && facts.orientations > 0) return facts.orientations;
    if (name == "height_mm") return facts.height_mm;
    if (name == "coverage_mm") return facts.coverage_mm;
    return std::nullopt;
}

/// How a condition holds, in words; nullopt when it does not.
class Evaluation {
  public:
    Evaluation(const SeriesTags& tags, const SeriesFacts& facts) : tags_(tags), facts_(facts) {}

    std::optional<std::string> operator()(const ValueCondition& condition) const {
        const std::string whole =
            condition.fact ? fact_text(facts_, condition.name) : tags_.value(condition.name);
        if (trimmed(whole).empty()) return std::nullopt;
        std::string rest = whole;
        for (;;) {
            const auto cut = rest.find('\\');
            const std::string one = trimmed(rest.substr(0, cut));
            const bool listed = std::any_of(condition.values.begin(), condition.values.end(),
                                            [&](const auto& value) { return lower(value) == lower(one); });
            if (listed) return says(condition, one, !condition.negated);
            if (cut == std::string::npos) break;
            rest.erase(0, cut + 1);
        }
        return says(condition, trimmed(whole).substr(0, 64), condition.negated);
    }

    std::optional<std::string> operator()(const NumberCondition& condition) const {
        const auto value =
            condition.fact ? fact_number(facts_, condition.name) : tags_.number(condition.name);
        if (!value) return std::nullopt;
        const bool holds =
            (condition.above && *value > *condition.above) || (condition.below && *value < *condition.below);
        if (!holds) return std::nullopt;
        char text[96];
        std::snprintf(text, sizeof text, "%s is %.6g", condition.name.c_str(), *value);
        return text;
    }

    std::optional<std::string> operator()(const TextCondition& condition) const {
        const auto words = words_of(tags_, condition.tags);
        const auto* pattern = first_match(condition.says, words);
        if (!pattern || first_match(condition.but_not, words)) return std::nullopt;
        return "the text says \"" + pattern->text() + "\"";
    }

  private:
    std::optional<std::string> says(const ValueCondition& condition, const std::string& value,
                                    bool holds) const {
        if (!holds) return std::nullopt;
        if (condition.fact && condition.name == "region")
            return "the text says \"" + facts_.region_evidence + "\"";
        return condition.name + " is " + value;
    }

    const SeriesTags& tags_;
    const SeriesFacts& facts_;
};

/// The last condition's words explain best: the earlier ones narrow the case down.
std::optional<std::string> holds(const EligibilityRule& rule, const Evaluation& evaluation) {
    std::optional<std::string> why;
    for (const auto& condition : rule.when) {
        why = std::visit(evaluation, condition);
        if (!why) return std::nullopt;
    }
    return why;
}

}  // namespace

SeriesFacts derive_facts(const SeriesTags& tags, const RegionRules& region) {
    SeriesFacts facts;
    facts.images = tags.image_count();
    const auto distinct = orientations(tags);
    facts.orientations = static_cast<int>(distinct.size());
    if (distinct.size() == 1) {
        facts.plane = plane_of(distinct.front());
        facts.coverage_mm = coverage(tags, distinct.front());
    }
    const auto rows = tags.number("Rows");
    const auto spacing = tags.number("PixelSpacing");
    if (rows && spacing && *rows > 0 && *spacing > 0) facts.height_mm = *rows * *spacing;
    const auto found = decide_region(tags, region);
    facts.region = name_of(found.region);
    facts.region_evidence = found.evidence;
    return facts;
}

Eligibility decide_eligibility(const SeriesTags& tags, const EligibilityRules& rules) {
    Eligibility verdict;
    verdict.facts = derive_facts(tags, rules.region);
    const Evaluation evaluation(tags, verdict.facts);
    for (const auto& rule : rules.rules) {
        const auto why = holds(rule, evaluation);
        if (!why) continue;
        verdict.eligible = false;
        verdict.rule = rule.name;
        verdict.reason = rule.name + ": " + rule.reason + " (" + *why + ")";
        break;
    }
    return verdict;
}

}  // namespace spineseg
