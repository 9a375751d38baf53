// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Levels and measurements for the writers' tests: every kind of them, voxels by chance.

#include <vector>

#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "core/vertebra_parts.h"

namespace spineseg::dicom::testing {

/// T12 to L5 with their discs and the canal, numbered; some slices hold nothing.
SpineLevels sample_levels(const Geometry& geometry, std::uint32_t seed = 5);
/// Bodies and arches of its vertebrae, voxels shared out by chance; an arch of T12 that is cut.
VertebraParts sample_parts(const SpineLevels& levels);
/// One of every quantity, some with an uncertainty.
std::vector<StructureMeasurements> sample_measurements(const SpineLevels& levels);

}  // namespace spineseg::dicom::testing
