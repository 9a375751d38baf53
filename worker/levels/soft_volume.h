// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The uncertainty of a volume. Pure; any thread.

#include "worker/levels/components.h"

namespace spineseg::levels {

/// Half the difference, mm³, between the structure grown over neighbouring unlabelled voxels down to the
/// probability `loose` (at most three steps within sagittal slices) and what of it is at least `tight`.
double volume_uncertainty(const LabelMap& labels, const VoxelSet& voxels,
                          const Grid<std::uint8_t>& probability, const Vec3& left, double tight,
                          double loose);

}  // namespace spineseg::levels
