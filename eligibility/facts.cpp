// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/facts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/sop_class.h"
#include "eligibility/region.h"

namespace spineseg {
namespace {

// docs/dicom.md §5.2.3: a plane is named by a normal within 37° of an axis; within one stack
// orientations are equal but for rounding, 5° allows for it and still tells two planes apart.
constexpr double kPlaneCosine = 0.8;
constexpr double kSameOrientation = 0.996;
constexpr double kSamePositionMm = 0.1;

struct NumberFact {
    std::string_view name;
    std::optional<double> (*value)(const SeriesFacts&);
};
constexpr std::array<NumberFact, 14> kNumberFacts{{
    {"images", [](const SeriesFacts& f) { return std::optional<double>(f.images); }},
    {"orientations",
     [](const SeriesFacts& f) {
         return f.orientations > 0 ? std::optional<double>(f.orientations) : std::nullopt;
     }},
    {"tilt_degrees", [](const SeriesFacts& f) { return f.tilt_degrees; }},
    {"height_mm", [](const SeriesFacts& f) { return f.height_mm; }},
    {"pixel_mm", [](const SeriesFacts& f) { return f.pixel_mm; }},
    {"coverage_mm", [](const SeriesFacts& f) { return f.coverage_mm; }},
    {"slice_spacing_mm", [](const SeriesFacts& f) { return f.slice_spacing_mm; }},
    {"echo_time_ms", [](const SeriesFacts& f) { return f.echo_time_ms; }},
    {"repetition_time_ms", [](const SeriesFacts& f) { return f.repetition_time_ms; }},
    {"inversion_time_ms", [](const SeriesFacts& f) { return f.inversion_time_ms; }},
    {"age_years", [](const SeriesFacts& f) { return f.age_years; }},
    {"anatomical_images", [](const SeriesFacts& f) { return f.anatomical_images; }},
    {"frames_of_reference", [](const SeriesFacts& f) { return f.frames_of_reference; }},
    {"without_frame_of_reference", [](const SeriesFacts& f) { return f.without_frame_of_reference; }},
}};

Vec3 normal_of(const Orientation& orientation) {
    return normalised(cross(orientation.row, orientation.column));
}

bool same_plane(const Orientation& a, const Orientation& b) {
    return std::abs(dot(normal_of(a), normal_of(b))) >= kSameOrientation;
}

/// The patient axis that a normal is nearest to (0 left-right, 1 front-back, 2 head-foot), and its cosine.
std::pair<std::size_t, double> nearest_axis(const Orientation& orientation) {
    const Vec3 n = normal_of(orientation);
    const std::array<double, 3> size{std::abs(n[0]), std::abs(n[1]), std::abs(n[2])};
    const auto largest = std::max_element(size.begin(), size.end());
    return {static_cast<std::size_t>(largest - size.begin()), *largest};
}

std::string plane_of(const Orientation& orientation) {
    const auto [axis, cosine] = nearest_axis(orientation);
    constexpr std::array<const char*, 3> kNames{"sagittal", "coronal", "axial"};
    return cosine < kPlaneCosine ? "oblique" : kNames[axis];
}

/// The images of one orientation.
struct PlaneGroup {
    Orientation orientation;
    int images = 0;
    std::vector<double> along;  ///< distinct positions on the normal, ascending
};

std::vector<PlaneGroup> planes_of(const SeriesTags& tags) {
    std::vector<PlaneGroup> groups;
    for (const auto& instance : tags.instances) {
        if (!instance.orientation) continue;
        auto group = std::find_if(groups.begin(), groups.end(), [&](const PlaneGroup& g) {
            return same_plane(g.orientation, *instance.orientation);
        });
        if (group == groups.end()) group = groups.insert(groups.end(), {*instance.orientation, 0, {}});
        ++group->images;
        if (instance.position) group->along.push_back(dot(normal_of(group->orientation), *instance.position));
    }
    for (auto& group : groups) {
        std::sort(group.along.begin(), group.along.end());
        const auto last = std::unique(group.along.begin(), group.along.end(),
                                      [](double a, double b) { return b - a < kSamePositionMm; });
        group.along.erase(last, group.along.end());
    }
    return groups;
}

const PlaneGroup* stack_of(const std::vector<PlaneGroup>& groups) {
    const auto rank = [](const PlaneGroup& g) {
        return std::pair(plane_of(g.orientation) == "sagittal", g.images);
    };
    const auto best = std::max_element(groups.begin(), groups.end(),
                                       [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return best == groups.end() ? nullptr : &*best;
}

void describe_plane(const Orientation& orientation, SeriesFacts& facts) {
    facts.plane = plane_of(orientation);
    const double cosine = std::min(nearest_axis(orientation).second, 1.0);
    facts.tilt_degrees = std::acos(cosine) * 180 / std::numbers::pi;
}

/// From the positions of classic slices; of an Enhanced object by the spacing and the number of frames.
void describe_slices(const SeriesTags& tags, const PlaneGroup* stack, SeriesFacts& facts) {
    if (stack != nullptr && stack->along.size() > 1) {
        facts.coverage_mm = stack->along.back() - stack->along.front();
        facts.slice_spacing_mm = *facts.coverage_mm / static_cast<double>(stack->along.size() - 1);
        return;
    }
    const auto spacing = tags.number("SpacingBetweenSlices");
    if (!spacing || *spacing == 0 || facts.images < 2) return;
    facts.slice_spacing_mm = std::abs(*spacing);
    facts.coverage_mm = std::abs(*spacing) * (facts.images - 1);
}

/// The first of the tags that holds a positive number.
std::optional<double> positive(const SeriesTags& tags, std::initializer_list<const char*> keywords) {
    for (const char* keyword : keywords) {
        const auto value = tags.number(keyword);
        if (value && *value > 0) return value;
    }
    return std::nullopt;
}

}  // namespace

bool is_fact(std::string_view name) {
    return name == "plane" || name == "region" || name == "contrast" || name == "not_anatomy" ||
           name == "reading_fault" || name == "storage_class" ||
           std::any_of(kNumberFacts.begin(), kNumberFacts.end(),
                       [&](const NumberFact& fact) { return fact.name == name; });
}

std::string fact_text(const SeriesFacts& facts, std::string_view name) {
    if (name == "plane") return facts.plane;
    if (name == "storage_class") return facts.storage_class;
    if (name == "region") return facts.region;
    if (name == "not_anatomy") return facts.not_anatomy;
    if (name == "reading_fault") return facts.reading_fault ? facts.reading_fault->describe() : std::string();
    return name == "contrast" ? facts.contrast : std::string();
}

std::optional<double> fact_number(const SeriesFacts& facts, std::string_view name) {
    for (const auto& fact : kNumberFacts)
        if (fact.name == name) return fact.value(facts);
    return std::nullopt;
}

bool is_private_fact(std::string_view name) {
    return name == "age_years";
}

SeriesFacts derive_facts(const SeriesTags& tags, const RegionRules& region) {
    SeriesFacts facts;
    if (const auto& sop_class = tags.value("SOPClassUID"); !sop_class.empty())
        facts.storage_class = is_mr_image_class(sop_class) ? "MR image" : "other";
    const auto groups = planes_of(tags);
    const auto* stack = stack_of(groups);
    facts.orientations = static_cast<int>(groups.size());
    facts.images = groups.size() > 1 ? stack->images : tags.image_count();
    if (stack != nullptr) {
        describe_plane(stack->orientation, facts);
    } else if (const auto one = parse_orientation(tags.value("ImageOrientationPatient"))) {
        facts.orientations = 1;
        describe_plane(*one, facts);
    }
    describe_slices(tags, stack, facts);
    const auto rows = tags.number("Rows");
    facts.pixel_mm = positive(tags, {"PixelSpacing"});
    if (rows && *rows > 0 && facts.pixel_mm) facts.height_mm = *rows * *facts.pixel_mm;
    facts.echo_time_ms = positive(tags, {"EchoTime", "EffectiveEchoTime"});
    facts.repetition_time_ms = positive(tags, {"RepetitionTime"});
    facts.inversion_time_ms = positive(tags, {"InversionTime", "InversionTimes"});
    facts.age_years = tags.patient.age_years;
    facts.doubts = doubts_of_patient(tags.patient);
    if (tags.survey) {
        facts.anatomical_images = tags.survey->anatomical_images;
        facts.frames_of_reference = tags.survey->frames_of_reference;
        facts.without_frame_of_reference = tags.survey->without_frame_of_reference;
        facts.not_anatomy = tags.survey->not_anatomy;
        facts.stacks = tags.survey->stacks;
        facts.left_aside = tags.survey->left_aside;
        facts.reading_fault = tags.survey->fault;
    }
    const auto found = eligibility::find_region(tags, region);
    facts.region = eligibility::to_string(found.region);
    facts.region_evidence = found.evidence;
    return facts;
}

}  // namespace spineseg
