// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Vertebrae in two: the body, which carries, and the arch with its processes behind it. Values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/spine_levels.h"
#include "core/volume.h"

namespace spineseg {

enum class VertebraPart { body, arch };

/// Labels of the parts: of vertebra 1, then upwards. They differ from those of SpineLevels, so that a report may
/// cite both.
inline constexpr std::uint8_t kFirstBodyLabel = 31;
inline constexpr std::uint8_t kFirstArchLabel = 61;
std::uint8_t part_label(VertebraPart part, int ordinal);

struct VertebraPiece {
    VertebraPart part = VertebraPart::body;
    int ordinal = 0;                   ///< of its vertebra, as in SpineStructure
    std::uint8_t label = 0;            ///< in VertebraParts::labels
    double millilitres = 0;            ///< of its voxels
    bool whole = false;                ///< false: cut by the border of the stack, so that it has no volume
    std::optional<double> confidence;  ///< as in SpineStructure
    std::optional<double> millilitres_uncertainty;  ///< ±; absent without probability maps
};

struct VertebraParts {
    LabelMap labels;  ///< 0 but in vertebrae
    /// From above, of each vertebra the body before the arch; a part without a voxel is left out.
    std::vector<VertebraPiece> pieces;
};

/// "L4 vertebra, body", "L4 vertebra, arch"; where the numbering is open as structure_name() says.
std::string part_name(const VertebraPiece& piece, const Numbering& numbering);
/// A body is drawn as its vertebra, an arch in a darker shade of it.
DisplayColour part_colour(VertebraPart part, int ordinal);

}  // namespace spineseg
