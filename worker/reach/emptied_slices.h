// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Slices of a stack in which nothing is labelled, between slices in which something is: a slice without signal, or one that
/// was too uncertain. Pure; any thread.

#include <vector>

#include "core/volume.h"

namespace spineseg::reach {

/// Indices from 0 along the axis that runs left to right; none where no axis does.
std::vector<int> emptied_slices(const LabelMap& labels);

}  // namespace spineseg::reach
