// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What each structure is called in our objects: label, code, colour and tracking identity, the same in the
/// Segmentation and in the report. Pure; any thread. For this library's sources and the tests.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/spine_levels.h"
#include "core/vertebra_parts.h"
#include "dicom/encoding/coded_concept.h"

namespace spineseg::dicom {

struct SegmentDescription {
    std::uint8_t value = 0;  ///< in the label map
    std::string name;        ///< Segment Label, at most 64 characters
    std::string text;        ///< Segment Description
    CodedConcept type{};
    CodedConcept region = codes::kLumbarSpine;  ///< Anatomic Region
    std::array<std::uint16_t, 3> cielab{};
    std::string tracking_id;
    std::string tracking_uid;
};

/// Whose structures they are: what a tracking UID is a function of. It outlives the model's versions, so that
/// results of two versions can be compared; a structure whose level is open is the same one only within its
/// series.
struct TrackingScope {
    std::string study_instance_uid;
    std::string series_instance_uid;
    std::string model_id;
};

/// One for each structure, in the order of `levels`.
std::vector<SegmentDescription> describe_segments(const SpineLevels& levels, const TrackingScope& scope);
/// One for each piece, in their order; its region is the vertebra, where the level is known.
std::vector<SegmentDescription> describe_parts(const VertebraParts& parts, const Numbering& numbering,
                                               const TrackingScope& scope);
/// The three structures without levels, for a plain label map.
std::vector<SegmentDescription> describe_structures(const TrackingScope& scope);

/// The level's own code, else the structure's (CID 7603, 7604; docs/dicom.md §2).
CodedConcept concept_of(Structure structure, int ordinal, bool numbered);
/// Which structure a property type code of ours stands for.
std::optional<Label> label_of_code(std::string_view code);

/// DICOM's 16-bit CIELab of an sRGB colour (PS3.3 C.10.7.1.1; white point D65, as viewers invert it).
std::array<std::uint16_t, 3> cielab_of(const DisplayColour& colour);

}  // namespace spineseg::dicom
