// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A single-file NIfTI-1 or NIfTI-2 volume, gzipped or not, in memory. Pure; errors are file_unreadable or
/// non_finite_pixels and name the reason, not the file. Any thread.

#include <cstddef>
#include <span>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

Result<Volume> decode_nifti(std::span<const std::byte> file);

}  // namespace spineseg
