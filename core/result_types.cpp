// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/result_types.h"

#include <algorithm>
#include <array>

namespace spineseg {
namespace {

constexpr std::array<std::string_view, kOutputObjects> kNames{"SEG",      "LABELMAP", "PMAP",    "SR",
                                                              "CONTOURS", "HEATMAP",  "PMAP-MI", "SEG-PARTS"};
static_assert(kOutputObjects == static_cast<std::size_t>(OutputObject::vertebra_parts) + 1);

constexpr std::string_view kLabelMapStorage = "1.2.840.10008.5.1.4.1.1.66.7";

OutputObject output_of(const ResultObject& object) {
    switch (object.kind) {
        case ResultKind::segmentation:
            return object.sop_class_uid == kLabelMapStorage ? OutputObject::label_map
                                                            : OutputObject::segmentation;
        case ResultKind::parametric_map:
            return OutputObject::parametric_map;
        case ResultKind::measurement_report:
            return OutputObject::report;
        case ResultKind::contours:
            return OutputObject::contours;
        case ResultKind::heat_map:
            return OutputObject::heat_map;
        case ResultKind::vertebra_parts:
            return OutputObject::vertebra_parts;
        case ResultKind::disagreement_map:
            break;
    }
    return OutputObject::disagreement_map;
}

}  // namespace

std::string_view to_string(OutputObject object) {
    return kNames.at(static_cast<std::size_t>(object));
}

std::optional<OutputObject> output_object_from_string(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<OutputObject>(found - kNames.begin());
}

std::string output_object_names() {
    std::string text;
    for (const auto name : kNames) text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

OutputPlan default_outputs() {
    return {OutputObject::segmentation, OutputObject::parametric_map, OutputObject::report};
}

Result<OutputPlan> parse_output_plan(const std::vector<std::string>& names) {
    OutputPlan plan;
    for (const auto& name : names) {
        const auto object = output_object_from_string(name);
        if (!object)
            return failure(ErrorCode::invalid_argument,
                           "\"" + name + "\" is none of " + output_object_names());
        if (!holds(plan, *object)) plan.push_back(*object);
    }
    return plan;
}

bool holds(const OutputPlan& plan, OutputObject object) {
    return std::find(plan.begin(), plan.end(), object) != plan.end();
}

bool holds(const OutputPlan& plan, const ResultObject& object) {
    return holds(plan, output_of(object));
}

}  // namespace spineseg
