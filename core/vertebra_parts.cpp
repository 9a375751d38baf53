// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/vertebra_parts.h"

namespace spineseg {

std::uint8_t part_label(VertebraPart part, int ordinal) {
    const int first = part == VertebraPart::body ? kFirstBodyLabel : kFirstArchLabel;
    return static_cast<std::uint8_t>(first + ordinal - 1);
}

std::string part_name(const VertebraPiece& piece, const Numbering& numbering) {
    const SpineStructure vertebra{.structure = Structure::vertebra, .ordinal = piece.ordinal};
    return structure_name(vertebra, numbering) + (piece.part == VertebraPart::body ? ", body" : ", arch");
}

DisplayColour part_colour(VertebraPart part, int ordinal) {
    const DisplayColour whole = display_colour(Structure::vertebra, ordinal);
    if (part == VertebraPart::body) return whole;
    const auto darker = [](std::uint8_t channel) { return static_cast<std::uint8_t>(channel * 3 / 5); };
    return {darker(whole.red), darker(whole.green), darker(whole.blue)};
}

}  // namespace spineseg
