// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What is measured of a spine, level by level. Values; worker/levels/measure.h defines each quantity.

#include <cstdint>
#include <optional>
#include <vector>

namespace spineseg {

enum class Quantity {
    anterior_height,    ///< mm, of a body or a disc
    middle_height,      ///< mm
    posterior_height,   ///< mm
    depth,              ///< mm, front to back, of a body or a disc
    volume,             ///< mm³
    disc_height_index,  ///< ratio
    slip,               ///< mm by which a body lies in front of the one beneath it, negative behind it
    slip_percent,       ///< % of the depth of the upper endplate of the body beneath
    canal_diameter,     ///< mm, front to back, at the height of a disc
};
const char* to_string(Quantity quantity);  ///< the enumerator's spelling
const char* unit_of(Quantity quantity);    ///< UCUM: "mm", "mm3", "%", "{ratio}"

struct Measurement {
    Quantity quantity = Quantity::depth;
    double value = 0;
    std::optional<double> uncertainty;  ///< ±, in the quantity's unit; absent without probability maps
    std::uint8_t at = 0;  ///< label of the disc at which a canal diameter or a slip was taken, else 0
};

/// Of one structure of SpineLevels.
struct StructureMeasurements {
    std::uint8_t label = 0;
    std::vector<Measurement> values;  ///< in the order of Quantity, then from above
};

}  // namespace spineseg
