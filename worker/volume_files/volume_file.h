// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// MetaImage (.mha) and NIfTI (.nii, .nii.gz) ⇄ volumes in LPS. Hostile until checked: sizes are bounded
/// before anything is allocated. Errors: file_not_found, file_unreadable (names file and reason),
/// file_unwritable.

#include <filesystem>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

/// By extension. Any MET_ element type / NIfTI datatype that is real and scalar becomes float; slope and
/// intercept are applied. The direction matrix is honoured, never assumed.
Result<Volume> read_volume(const std::filesystem::path& file);
/// A label map: integral values 0..255 or SPIDER's level ids (1–25 and 101–125 → vertebra, 201–225 → disc).
Result<LabelMap> read_label_map(const std::filesystem::path& file);

Result<void> write_mha(const Volume& volume, const std::filesystem::path& file);    ///< MET_FLOAT, zlib
Result<void> write_mha(const LabelMap& labels, const std::filesystem::path& file);  ///< MET_UCHAR, zlib

}  // namespace spineseg
