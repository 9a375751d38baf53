// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace spineseg {

/// Whether a file of this name in a folder of DICOM files may be an image: DICOMDIR only lists images, and
/// names that begin with a dot are the file manager's.
bool is_image_file_name(std::string_view name);

}  // namespace spineseg
