// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Measurements of a spine, level by level, in the patient's space: the stack may be oblique and its voxels of any
/// shape. Everything but a volume is taken in a band of ± 4 mm about the midline, in a frame fitted to the endplates of
/// the structure itself. Borders are found between voxels. No state; any thread.
///
/// - Heights of a body: distance of its endplates along its own axis at 10, 50 and 90 % of its depth from the front edge,
///   each the mean over ± 5 %. These are the six points of vertebral morphometry, clear of the rounded corners.
/// - Heights of a disc: likewise at 20, 50 and 80 % of the disc's own depth. They are heights of the labelled disc, not
///   distances of the bony endplates: between the two lies a thin unlabelled gap.
/// - Depth: front to back edge, mean of two lines at a third of the height from the centre.
/// - Disc height index: mean of the disc's three heights over the mean middle height of the bodies above and beneath (as
///   in Chen et al., J Clin Neurosci 2022;103:153–162, doi 10.1016/j.jocn.2022.07.018). L5/S1 has no measured body
///   beneath: there the height of the body above is used alone.
/// - Slip: how far the back wall of a body, near its lower endplate, lies in front of that of the body beneath, near its
///   upper endplate, along the bisector of both bodies' midplanes, so that lordosis does not look like slip (Frobin et
///   al., Clin Biomech 1997;12 Suppl 1:S1–S63). The percentage is of the depth of the upper endplate of the body beneath
///   (the superior endplate of the vertebra below, as in Meyerding's grading). Not for L5/S1: the sacrum is not segmented.
/// - Canal diameter: front to back in the midline, across the canal's own direction, where the disc's midplane meets it.
/// - Volume: only of a structure that ends within the stack.
///
/// Uncertainty: the same lines are measured again at the borders where the ensemble's probability is 0.25 and 0.75; half
/// the difference is the spread. Index and slip combine their parts in quadrature. interval_rule.h makes the ± of it.

#include <vector>

#include "core/result.h"
#include "core/spine_levels.h"
#include "core/spine_measurements.h"
#include "core/volume.h"

namespace spineseg {

/// What Measurement::uncertainty holds.
enum class Uncertainty {
    interval,  ///< the ± of interval_rule.h
    spread,    ///< only how far the borders move, for fitting that rule
};

/// One entry for each structure of `levels`, in its order; what cannot be measured is left out. `probability`
/// may be null; invalid_argument where its grids are not the labels'.
Result<std::vector<StructureMeasurements>> measure(const SpineLevels& levels,
                                                   const StructureProbabilities* probability = nullptr,
                                                   Uncertainty uncertainty = Uncertainty::interval);

}  // namespace spineseg
