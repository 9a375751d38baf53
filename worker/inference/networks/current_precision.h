// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "worker/inference/networks/precision.h"

namespace spineseg {

/// What the innermost PrecisionScope (networks.h) of this thread asks for: for networks that are not ours.
Precision current_precision();

}  // namespace spineseg
