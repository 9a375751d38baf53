// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The canal's diameter at the height of a disc (measure.h). Pure; any thread.

#include "worker/levels/disc_chain.h"
#include "worker/levels/measured_shape.h"

namespace spineseg::levels {

/// Front to back in the midline, across the canal's own direction, where the disc's midplane meets the canal. nullopt
/// where no canal was labelled there, or its walls are not found.
Estimate measure_canal_diameter(const Seen& canal, const ColumnFrame& column, const Disc& disc);

}  // namespace spineseg::levels
