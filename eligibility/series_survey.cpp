// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/series_survey.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/sagittal_axes.h"
#include "core/sop_class.h"

namespace spineseg {
namespace {

constexpr std::size_t kMostNamed = 20;
constexpr std::size_t kMostImages = 20'000;  ///< comparing them takes time that grows with their square

int anatomical_frames(const SurveyedInstance& instance) {
    if (!instance.is_image()) return 0;
    return static_cast<int>(
        std::count_if(instance.frames.begin(), instance.frames.end(),
                      [](const FrameReading& frame) { return frame.header.kind.shows_anatomy(); }));
}

/// The middle one, by UID, of the largest group that agrees in its texts.
std::size_t representative_of(const std::vector<SurveyedInstance>& instances, bool anatomical_only) {
    using Texts = std::tuple<std::string, std::string, std::string>;
    std::map<Texts, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const SurveyedInstance& one = instances[i];
        if (anatomical_only && anatomical_frames(one) == 0) continue;
        groups[{one.series_description, one.protocol_name, one.body_part}].push_back(i);
    }
    auto& largest = std::max_element(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
                        return a.second.size() < b.second.size();
                    })->second;
    std::sort(largest.begin(), largest.end(), [&](std::size_t a, std::size_t b) {
        return instances[a].sop_instance_uid < instances[b].sop_instance_uid;
    });
    return largest[largest.size() / 2];
}

/// What the reader leaves aside, and what it refuses the whole series for.
void name_companions(const std::vector<SurveyedInstance>& instances, SeriesSurvey& survey) {
    for (const auto& instance : instances) {
        if (instance.is_image()) continue;
        const std::string what =
            instance.name + " is no MR image (SOP class '" + instance.sop_class_uid + "')";
        if (!is_companion_class(instance.sop_class_uid))
            survey.fault = Error{ErrorCode::unsupported_sop_class, what};
        else if (survey.left_aside.size() < kMostNamed)
            survey.left_aside.push_back(what);
    }
    std::sort(survey.left_aside.begin(), survey.left_aside.end());
}

/// Of all images, whatever they show: the reader compares them before it looks at what they are.
std::optional<Error> frame_of_reference_fault(const std::vector<SurveyedInstance>& instances) {
    std::map<std::string, const SurveyedInstance*> sorted;
    for (const auto& instance : instances)
        if (instance.is_image()) sorted.emplace(instance.sop_instance_uid, &instance);
    for (const auto& [uid, instance] : sorted)
        if (instance->frame_of_reference_uid.empty())
            return Error{ErrorCode::missing_attribute, instance->name + " lacks its frame of reference UID"};
    for (const auto& [uid, instance] : sorted)
        if (const auto& first = *sorted.begin()->second;
            instance->frame_of_reference_uid != first.frame_of_reference_uid)
            return Error{ErrorCode::inconsistent_series,
                         instance->name + " and " + first.name + " differ in frame of reference"};
    return std::nullopt;
}

/// The stacks, the choice between them, and whether the pipeline would take the chosen one.
void plan_reading(const std::vector<SurveyedInstance>& instances, SeriesSurvey& survey) {
    std::vector<FrameHeader> headers;
    std::map<std::pair<std::string, int>, Error> faults;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        if (!instances[i].is_image()) continue;
        for (const auto& frame : instances[i].frames) {
            headers.push_back(frame.header);
            headers.back().instance = i;
            if (frame.fault)
                faults.emplace(std::pair(frame.header.sop_instance_uid, frame.header.frame), *frame.fault);
        }
    }
    if (headers.empty()) return;
    if (headers.size() > kMostImages) {
        survey.fault =
            Error{ErrorCode::geometry_out_of_range, std::to_string(headers.size()) + " images; at most " +
                                                        std::to_string(kMostImages) + " are read"};
        return;
    }
    if (!survey.fault) survey.fault = frame_of_reference_fault(instances);
    if (survey.fault) return;
    if (!faults.empty()) {
        survey.fault = faults.begin()->second;
        return;
    }
    sort_frames(headers);
    auto plan = plan_series(headers);
    survey.stacks = std::move(plan.stacks);
    survey.fault = std::move(plan.fault);
    if (!plan.chosen) return;
    if (auto lumbar = check_sagittal_slices(plan.chosen->geometry); !lumbar) survey.fault = lumbar.error();
}

}  // namespace

bool SurveyedInstance::is_image() const {
    return sop_class_uid.empty() || is_mr_image_class(sop_class_uid);
}

SeriesSurvey survey_series(const std::vector<SurveyedInstance>& instances) {
    SeriesSurvey survey;
    std::set<std::string> frames_of_reference;
    std::map<std::string, int> reasons;
    for (const auto& instance : instances) {
        if (!instance.is_image()) continue;
        survey.images += static_cast<int>(instance.frames.size());
        const int anatomical = anatomical_frames(instance);
        survey.anatomical_images += anatomical;
        for (const auto& frame : instance.frames)
            if (!frame.header.kind.shows_anatomy()) ++reasons[frame.header.kind.reason];
        if (anatomical == 0) continue;
        if (instance.frame_of_reference_uid.empty())
            survey.without_frame_of_reference += anatomical;
        else
            frames_of_reference.insert(instance.frame_of_reference_uid);
    }
    survey.frames_of_reference = static_cast<int>(frames_of_reference.size());
    survey.representative = representative_of(instances, survey.anatomical_images > 0);
    for (const auto& [reason, count] : reasons) {
        if (survey.not_anatomy.size() > 200) break;
        survey.not_anatomy += (survey.not_anatomy.empty() ? "" : "; ") + std::to_string(count) + " of " +
                              std::to_string(survey.images) + " images: " + reason;
    }
    name_companions(instances, survey);
    plan_reading(instances, survey);
    return survey;
}

}  // namespace spineseg
