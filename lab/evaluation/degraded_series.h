// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A series as a bad examination would show it. A value.

#include "core/volume.h"

namespace spineseg {

struct DegradedSeries {
    Volume image;
    LabelMap truth;  ///< on the image's grid, changed alike
};

}  // namespace spineseg
