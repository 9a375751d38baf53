// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a label map can be a lumbar spine. The model labels some voxels of a head or an abdomen too, so a map
/// without two discs and some bone, or with a high uncertainty nearly everywhere, is refused. The limits are wide on
/// purpose: a lumbar spine must never be refused.

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

struct AnatomyRule {
    int min_discs = 2;             ///< separate ones
    double min_disc_ml = 0.3;      ///< of each
    double min_vertebra_ml = 4.0;  ///< all together; a thin slab of one millimetre has more
    /// Mean uncertainty over the labelled voxels. Measured with lumbar-fast: 0.08 to 0.14 on lumbar series of
    /// four kinds, 0.38 and 0.44 on a head and on a water phantom.
    double max_mean_uncertainty = 0.25;
};

/// no_anatomy_found, with what was found. `uncertainty` (0..1) lies on the labels' grid.
Result<void> check_anatomy(const LabelMap& labels, const Volume& uncertainty, const AnatomyRule& rule = {});

}  // namespace spineseg
