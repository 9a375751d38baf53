// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_file_name.h"

namespace spineseg {

bool is_image_file_name(std::string_view name) {
    return name != "DICOMDIR" && !name.starts_with('.');
}

}  // namespace spineseg
