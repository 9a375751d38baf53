// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The same voxels at the same places, stored as a radiologist's series is: slices sagittal, rows towards the
/// feet, columns towards the back, slice direction = row × column. Nothing is resampled. Errors are
/// trace_geometry()'s.

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

Result<Volume> as_sagittal_stack(const Volume& volume);
Result<LabelMap> as_sagittal_stack(const LabelMap& labels);

}  // namespace spineseg
