// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/volume.h"

namespace spineseg {

Label label_of(Structure structure) {
    switch (structure) {
        case Structure::canal:
            return Label::canal;
        case Structure::vertebra:
            return Label::vertebra;
        case Structure::disc:
            return Label::disc;
    }
    return Label::background;
}

const char* to_string(Structure structure) {
    switch (structure) {
        case Structure::canal:
            return "canal";
        case Structure::vertebra:
            return "vertebra";
        case Structure::disc:
            return "disc";
    }
    return "background";
}

}  // namespace spineseg
