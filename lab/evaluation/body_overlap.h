// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Vertebral bodies that were found against bodies that were drawn, one by one. For truths in which only some bodies are
/// drawn: what is found beyond them counts in none of the figures. Pure; any thread.

#include <vector>

#include "core/result.h"
#include "core/vertebra_parts.h"
#include "core/volume.h"

namespace spineseg {

struct BodyOverlap {
    std::vector<double> dice;  ///< of each drawn body with the found one that covers most of it; 0: none does
    double pooled = 0;         ///< of all their voxels together
};

/// `drawn`: 0 where no body is; each piece that hangs together is one body, pieces of less than 0.3 ml are left out.
/// `found`: the labels of VertebraParts, of which only bodies are looked at. invalid_argument where the grids differ.
Result<BodyOverlap> overlap_of_bodies(const LabelMap& drawn, const LabelMap& found);

}  // namespace spineseg
