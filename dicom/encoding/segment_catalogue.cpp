// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/segment_catalogue.h"

#include <algorithm>
#include <cmath>

#include "dicom/encoding/uid.h"

namespace spineseg::dicom {
namespace {

// From below: L5 upwards, L5/S1 upwards. Higher levels get the structure's own code, their label says the
// rest.
constexpr std::array kVertebrae = {
    CodedConcept{"49668003", "SCT", "L5 vertebra"},  CodedConcept{"11994002", "SCT", "L4 vertebra"},
    CodedConcept{"36470004", "SCT", "L3 vertebra"},  CodedConcept{"14293000", "SCT", "L2 vertebra"},
    CodedConcept{"66794005", "SCT", "L1 vertebra"},  CodedConcept{"23215003", "SCT", "T12 vertebra"},
    CodedConcept{"12989004", "SCT", "T11 vertebra"}, CodedConcept{"7610001", "SCT", "T10 vertebra"}};
constexpr std::array kDiscs = {
    CodedConcept{"715056000", "SCT", "L5/S1 disc"}, CodedConcept{"84020006", "SCT", "L4/L5 disc"},
    CodedConcept{"62551000", "SCT", "L3/L4 disc"},  CodedConcept{"67459009", "SCT", "L2/L3 disc"},
    CodedConcept{"80064006", "SCT", "L1/L2 disc"},  CodedConcept{"76206002", "SCT", "T12/L1 disc"},
    CodedConcept{"1537001", "SCT", "T11/T12 disc"}};

// Bodies from below. No such code of a single arch was found in a public list (docs/dicom.md §2).
constexpr std::array kBodies = {
    CodedConcept{"21799000", "SCT", "Body of L5"},  CodedConcept{"71996003", "SCT", "Body of L4"},
    CodedConcept{"55492004", "SCT", "Body of L3"},  CodedConcept{"53983007", "SCT", "Body of L2"},
    CodedConcept{"61032001", "SCT", "Body of L1"},  CodedConcept{"280849005", "SCT", "Body of T12"},
    CodedConcept{"52120002", "SCT", "Body of T11"}, CodedConcept{"48405002", "SCT", "Body of T10"}};

template <std::size_t N>
bool holds(const std::array<CodedConcept, N>& concepts, std::string_view code) {
    return std::any_of(concepts.begin(), concepts.end(),
                       [&](const CodedConcept& c) { return code == c.value; });
}

template <std::size_t N>
CodedConcept level_or(const std::array<CodedConcept, N>& concepts, int ordinal, const CodedConcept& general) {
    return ordinal >= 1 && ordinal <= static_cast<int>(N) ? concepts[static_cast<std::size_t>(ordinal - 1)]
                                                          : general;
}

/// What follows from the name of a segment. A structure whose level is open is the same one only within its series.
void identify(SegmentDescription& d, bool named, const TrackingScope& scope) {
    d.tracking_id = d.name;
    d.text = named ? d.name : d.name + "; counted from the lowest one seen";
    d.tracking_uid = uid_from({"tracking", scope.study_instance_uid, named ? "" : scope.series_instance_uid,
                               d.name, scope.model_id});
}

SegmentDescription described(const SpineStructure& structure, const Numbering& numbering,
                             const TrackingScope& scope) {
    SegmentDescription d;
    d.value = structure.label;
    d.name = structure_name(structure, numbering);
    d.type = concept_of(structure.structure, structure.ordinal, numbering.names(structure.ordinal));
    d.cielab = cielab_of(display_colour(structure.structure, structure.ordinal));
    identify(d, numbering.names(structure.ordinal) || structure.structure == Structure::canal, scope);
    return d;
}

SegmentDescription described(const VertebraPiece& piece, const Numbering& numbering,
                             const TrackingScope& scope) {
    const bool named = numbering.names(piece.ordinal);
    SegmentDescription d;
    d.value = piece.label;
    d.name = part_name(piece, numbering);
    if (piece.part == VertebraPart::arch)
        d.type = codes::kVertebralArch;
    else
        d.type = named ? level_or(kBodies, piece.ordinal, codes::kVertebralBody) : codes::kVertebralBody;
    if (named) d.region = level_or(kVertebrae, piece.ordinal, codes::kLumbarSpine);
    d.cielab = cielab_of(part_colour(piece.part, piece.ordinal));
    identify(d, named, scope);
    return d;
}

}  // namespace

CodedConcept concept_of(Structure structure, int ordinal, bool numbered) {
    switch (structure) {
        case Structure::vertebra:
            return numbered ? level_or(kVertebrae, ordinal, codes::kVertebra) : codes::kVertebra;
        case Structure::disc:
            return numbered ? level_or(kDiscs, ordinal, codes::kDisc) : codes::kDisc;
        case Structure::canal:
            break;
    }
    return codes::kCanal;
}

std::optional<Label> label_of_code(std::string_view code) {
    if (code == codes::kVertebra.value || holds(kVertebrae, code)) return Label::vertebra;
    if (code == codes::kVertebralBody.value || code == codes::kVertebralArch.value || holds(kBodies, code))
        return Label::vertebra;
    if (code == codes::kDisc.value || holds(kDiscs, code)) return Label::disc;
    if (code == codes::kCanal.value) return Label::canal;
    return std::nullopt;
}

std::vector<SegmentDescription> describe_segments(const SpineLevels& levels, const TrackingScope& scope) {
    std::vector<SegmentDescription> segments;
    for (const auto& structure : levels.structures)
        segments.push_back(described(structure, levels.numbering, scope));
    return segments;
}

std::vector<SegmentDescription> describe_parts(const VertebraParts& parts, const Numbering& numbering,
                                               const TrackingScope& scope) {
    std::vector<SegmentDescription> segments;
    for (const auto& piece : parts.pieces) segments.push_back(described(piece, numbering, scope));
    return segments;
}

std::vector<SegmentDescription> describe_structures(const TrackingScope& scope) {
    struct Kind {
        Label label;
        const char* name;
        CodedConcept type;
        std::array<std::uint16_t, 3> cielab;
    };
    constexpr std::array kKinds = {
        Kind{Label::vertebra, "Vertebrae", codes::kVertebra, {46272, 37133, 52089}},
        Kind{Label::disc, "Intervertebral discs", codes::kDisc, {37841, 21141, 36173}},
        Kind{Label::canal, "Spinal canal", codes::kCanal, {47820, 30459, 22152}}};
    std::vector<SegmentDescription> segments;
    for (const auto& kind : kKinds)
        segments.push_back(
            {static_cast<std::uint8_t>(kind.label), kind.name,
             std::string(kind.name) + ", all levels in one segment", kind.type, codes::kLumbarSpine,
             kind.cielab, kind.name,
             uid_from({"tracking", scope.study_instance_uid, kind.type.value, scope.model_id})});
    return segments;
}

std::array<std::uint16_t, 3> cielab_of(const DisplayColour& colour) {
    const auto linear = [](std::uint8_t channel) {
        const double c = channel / 255.0;
        return c > 0.04045 ? std::pow((c + 0.055) / 1.055, 2.4) : c / 12.92;
    };
    const double r = linear(colour.red), g = linear(colour.green), b = linear(colour.blue);
    const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116.0; };
    const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.950456);
    const double y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.088754);
    const auto word = [](double value) {
        return static_cast<std::uint16_t>(std::clamp(value, 0.0, 65535.0));
    };
    return {word((116 * y - 16) * 65535 / 100), word((500 * (x - y) + 128) * 65535 / 255),
            word((200 * (y - z) + 128) * 65535 / 255)};
}

}  // namespace spineseg::dicom
