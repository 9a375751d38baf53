// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spine_measurements.h"

namespace spineseg {

const char* to_string(Quantity quantity) {
    switch (quantity) {
        case Quantity::anterior_height:
            return "anterior_height";
        case Quantity::middle_height:
            return "middle_height";
        case Quantity::posterior_height:
            return "posterior_height";
        case Quantity::depth:
            return "depth";
        case Quantity::volume:
            return "volume";
        case Quantity::disc_height_index:
            return "disc_height_index";
        case Quantity::slip:
            return "slip";
        case Quantity::slip_percent:
            return "slip_percent";
        case Quantity::canal_diameter:
            return "canal_diameter";
    }
    return "unknown";
}

const char* unit_of(Quantity quantity) {
    switch (quantity) {
        case Quantity::volume:
            return "mm3";
        case Quantity::disc_height_index:
            return "{ratio}";
        case Quantity::slip_percent:
            return "%";
        default:
            return "mm";
    }
}

}  // namespace spineseg
