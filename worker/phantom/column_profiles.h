// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Quantities at each segment's centre, from the coccyx upward, for Profile to read between them. Pure.

#include <vector>

#include "worker/phantom/anatomy.h"

namespace spineseg::phantom {

std::vector<double> half_depths(const Anatomy& anatomy);
/// The sac leaves the posterior wall from L5 downwards; fat fills the space.
std::vector<double> epidural_gaps(const Anatomy& anatomy);
/// How far each stands left of the midline.
std::vector<double> side_shifts(const Anatomy& anatomy);
/// Of the sac, relative to its usual size.
std::vector<double> sac_sizes(const Anatomy& anatomy);

}  // namespace spineseg::phantom
