// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/ordered_output.h"

#include <algorithm>
#include <array>

namespace spineseg {
namespace {

constexpr const char* kSegmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";
constexpr const char* kLabelMapSegmentationStorage = "1.2.840.10008.5.1.4.1.1.66.7";
constexpr const char* kParametricMapStorage = "1.2.840.10008.5.1.4.1.1.30";
constexpr const char* kComprehensive3dSrStorage = "1.2.840.10008.5.1.4.1.1.88.34";
constexpr const char* kSecondaryCaptureStorage = "1.2.840.10008.5.1.4.1.1.7";

/// In the order of OutputObject.
constexpr std::array<OutputShape, kOutputObjects> kShapes{{
    {OutputObject::segmentation, ResultKind::segmentation, OutputFamily::segmentation, kSegmentationStorage,
     "SEG", "SEG", 1},
    {OutputObject::label_map, ResultKind::segmentation, OutputFamily::label_map, kLabelMapSegmentationStorage,
     "SEG", "SEG", 1},
    {OutputObject::parametric_map, ResultKind::parametric_map, OutputFamily::map, kParametricMapStorage, "OT",
     "UNCERTAINTY", 2},
    {OutputObject::report, ResultKind::measurement_report, OutputFamily::report, kComprehensive3dSrStorage,
     "SR", "REPORT", 3},
    {OutputObject::contours, ResultKind::contours, OutputFamily::picture, kSecondaryCaptureStorage, "OT",
     "CONTOURS", 4},
    {OutputObject::heat_map, ResultKind::heat_map, OutputFamily::picture, kSecondaryCaptureStorage, "OT",
     "HEATMAP", 5},
    {OutputObject::disagreement_map, ResultKind::disagreement_map, OutputFamily::map, kParametricMapStorage,
     "OT", "DISAGREEMENT", 7},
    {OutputObject::vertebra_parts, ResultKind::vertebra_parts, OutputFamily::segmentation,
     kSegmentationStorage, "SEG", "PARTS", 8},
}};

constexpr bool shapes_are_in_order() {
    for (std::size_t i = 0; i < kShapes.size(); ++i)
        if (static_cast<std::size_t>(kShapes[i].output) != i) return false;
    return true;
}
static_assert(shapes_are_in_order());

}  // namespace

const OutputShape* output_shape(ResultKind kind, const std::string& sop_class_uid) {
    const auto found = std::find_if(kShapes.begin(), kShapes.end(), [&](const OutputShape& shape) {
        return shape.kind == kind && sop_class_uid == shape.sop_class;
    });
    return found == kShapes.end() ? nullptr : &*found;
}

const OutputShape& output_shape(OutputObject output) {
    return kShapes.at(static_cast<std::size_t>(output));
}

const SourceInstance* ResultOrder::source(const std::string& uid) const {
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const SourceInstance& one) { return one.sop_instance_uid == uid; });
    return found == sources.end() ? nullptr : &*found;
}

bool ResultOrder::holds_instance(const std::string& uid) const {
    return std::any_of(admitted.begin(), admitted.end(),
                       [&](const AdmittedResult& one) { return one.sop_instance_uid == uid; });
}

bool ResultOrder::holds_series(const std::string& uid) const {
    return std::any_of(admitted.begin(), admitted.end(),
                       [&](const AdmittedResult& one) { return one.series_instance_uid == uid; });
}

std::size_t ResultOrder::count(OutputObject output) const {
    return static_cast<std::size_t>(std::count_if(
        admitted.begin(), admitted.end(), [&](const AdmittedResult& one) { return one.output == output; }));
}

std::string missing_outputs(const ResultOrder& order) {
    std::string missing;
    for (const auto output : order.outputs)
        if (order.count(output) == 0)
            missing += (missing.empty() ? "" : ", ") + std::string(to_string(output));
    return missing;
}

}  // namespace spineseg
