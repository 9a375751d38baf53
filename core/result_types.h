// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which objects a job writes, and where the plugin sends them. Values; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "core/result.h"

namespace spineseg {

enum class OutputObject {
    segmentation,
    label_map,
    parametric_map,
    report,
    contours,
    heat_map,
    disagreement_map,
    vertebra_parts
};
inline constexpr std::size_t kOutputObjects = 8;
/// As the configuration spells them: "SEG", "LABELMAP", "PMAP", "SR", "CONTOURS", "HEATMAP", "PMAP-MI",
/// "SEG-PARTS".
std::string_view to_string(OutputObject object);
std::optional<OutputObject> output_object_from_string(std::string_view name);
/// All names, for messages: "SEG, LABELMAP, …".
std::string output_object_names();

using OutputPlan = std::vector<OutputObject>;
/// Segmentation, Parametric Map and the report that cites them.
OutputPlan default_outputs();
/// The objects of those names, each once. invalid_argument: a name that is none.
Result<OutputPlan> parse_output_plan(const std::vector<std::string>& names);
bool holds(const OutputPlan& plan, OutputObject object);
/// Whether the plan asks for what this stored object is.
bool holds(const OutputPlan& plan, const ResultObject& object);

/// Somewhere beyond Orthanc: a DICOM modality or a DICOMweb server that Orthanc's configuration names.
struct Destination {
    enum class Kind { modality, dicomweb_server };
    Kind kind = Kind::modality;
    std::string name;
    OutputPlan objects;
    friend bool operator==(const Destination&, const Destination&) = default;
};

/// What becomes of an older result when the same series has a newer one: late slices, another model.
enum class SupersededPolicy { keep, remove };

}  // namespace spineseg
