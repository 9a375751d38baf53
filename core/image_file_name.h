// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a file's name in a folder of DICOM files promises. Pure; any thread.

#include <string_view>

namespace spineseg {

/// Whether a file of this name may be an image: DICOMDIR (in any case) only lists images, and names that begin
/// with a dot are the file manager's.
bool is_image_file_name(std::string_view name);

/// ".dcm", ".ima" or ".dicom", in any case: a file with such a name that is not DICOM is a damaged image. A file
/// with another name that is not DICOM does not belong to the images.
bool promises_dicom(std::string_view name);

}  // namespace spineseg
