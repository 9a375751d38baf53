// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "stacks/frame_header.h"

namespace spineseg {

/// The header of the `place`-th slice of a sagittal stack, 4 mm apart.
inline FrameHeader sagittal_header(int place, const std::string& name, const std::string& image_type) {
    FrameHeader header;
    header.name = header.sop_instance_uid = name;
    header.frame_of_reference_uid = "1.2.3";
    header.rows = header.columns = 300;
    header.row_spacing = header.column_spacing = 0.9;
    header.row_direction = {0, 1, 0};
    header.column_direction = {0, 0, -1};
    header.position = {20 - 4.0 * place, -100, 150};
    header.description.image_type = image_type;
    header.kind = image_kind(header.description);
    return header;
}

}  // namespace spineseg
