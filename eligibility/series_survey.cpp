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

/// What the reader leaves aside, and what it refuses the whole series for: the first by its text.
void name_companions(const std::vector<SurveyedInstance>& instances, SeriesSurvey& survey) {
    std::set<std::string> refused;
    for (const auto& instance : instances) {
        if (instance.is_image()) continue;
        std::string what = instance.name + " is no MR image (SOP class '" + instance.sop_class_uid + "')";
        if (!is_companion_class(instance.sop_class_uid))
            refused.insert(std::move(what));
        else
            survey.left_aside.push_back(std::move(what));
    }
    if (!refused.empty()) survey.fault = Error{ErrorCode::unsupported_sop_class, *refused.begin()};
    std::sort(survey.left_aside.begin(), survey.left_aside.end());
    if (survey.left_aside.size() > kMostNamed) survey.left_aside.resize(kMostNamed);
}

/// The stacks, the choice between them, and whether the pipeline would take the chosen one.
void plan_reading(const std::vector<SurveyedInstance>& instances, SeriesSurvey& survey) {
    std::vector<FrameReading> readings;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        if (!instances[i].is_image()) continue;
        for (const auto& frame : instances[i].frames) {
            readings.push_back(frame);
            readings.back().header.instance = i;
        }
    }
    if (readings.empty() || survey.fault) return;
    if (readings.size() > kMostImages) {
        survey.fault =
            Error{ErrorCode::geometry_out_of_range, std::to_string(readings.size()) + " images; at most " +
                                                        std::to_string(kMostImages) + " are read"};
        return;
    }
    auto plan = plan_series(std::move(readings));
    survey.stacks = std::move(plan.stacks);
    survey.fault = std::move(plan.fault);
    for (auto& aside : plan.left_aside)
        if (survey.left_aside.size() < kMostNamed) survey.left_aside.push_back(std::move(aside));
    if (!plan.chosen) return;
    if (auto lumbar = check_sagittal_slices(plan.chosen->geometry); !lumbar) survey.fault = lumbar.error();
}

/// Of the anatomical images, where that is why none is read.
void count_frames_of_reference(const std::vector<SurveyedInstance>& instances, SeriesSurvey& survey) {
    std::set<std::string> uids;
    int without = 0;
    for (const auto& instance : instances) {
        if (!instance.is_image()) continue;
        for (const auto& frame : instance.frames) {
            if (!frame.header.kind.shows_anatomy()) continue;
            if (frame.header.frame_of_reference_uid.empty())
                ++without;
            else
                uids.insert(frame.header.frame_of_reference_uid);
        }
    }
    const bool counts = survey.fault && (survey.fault->code == ErrorCode::inconsistent_series ||
                                         survey.fault->code == ErrorCode::missing_attribute);
    survey.frames_of_reference =
        counts ? static_cast<int>(uids.size()) : std::min<int>(1, survey.anatomical_images);
    survey.without_frame_of_reference = counts ? without : 0;
}

}  // namespace

bool SurveyedInstance::is_image() const {
    return sop_class_uid.empty() || is_mr_image_class(sop_class_uid);
}

SeriesSurvey survey_series(const std::vector<SurveyedInstance>& instances) {
    SeriesSurvey survey;
    std::map<std::string, int> reasons;
    for (const auto& instance : instances) {
        if (!instance.is_image()) continue;
        survey.images += static_cast<int>(instance.frames.size());
        survey.anatomical_images += anatomical_frames(instance);
        for (const auto& frame : instance.frames)
            if (!frame.header.kind.shows_anatomy()) ++reasons[frame.header.kind.reason];
    }
    survey.representative = representative_of(instances, survey.anatomical_images > 0);
    for (const auto& [reason, count] : reasons) {
        if (survey.not_anatomy.size() > 200) break;
        survey.not_anatomy += (survey.not_anatomy.empty() ? "" : "; ") + std::to_string(count) + " of " +
                              std::to_string(survey.images) + " images: " + reason;
    }
    name_companions(instances, survey);
    plan_reading(instances, survey);
    count_frames_of_reference(instances, survey);
    return survey;
}

}  // namespace spineseg
