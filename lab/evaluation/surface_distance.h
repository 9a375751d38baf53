// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How far the surfaces of two masks lie apart, in millimetres, defined as in MedPy 0.5 (the package that the
/// original names for it, docs/method.md §8.6): a surface voxel is one of the mask with a face on the
/// outside or on the volume's edge; its distance is that of its centre to the centre of the nearest surface
/// voxel of the other mask. No state; any thread.

#include <optional>

#include "lab/evaluation/distance_transform.h"

namespace spineseg {

struct SurfaceDistance {
    /// 95th percentile (linear between ranks) over the distances of both directions together.
    double hd95_mm = 0.0;
    /// Average symmetric surface distance: the mean of the same.
    double assd_mm = 0.0;
    /// Mean signed distance: the mean over the same surface voxels, positive where the prediction's border lies
    /// outside the truth's (its surface voxel is not in the truth, or the truth's is in the prediction),
    /// negative where inside. Its sign turns when the masks are exchanged. Our own definition; MedPy has none.
    /// The nearest centre is a little nearer than the border: of spheres with radii of 24 and 20 voxels it
    /// makes 3.8 voxels.
    double signed_mm = 0.0;
};

/// Nothing where one of the masks is empty.
std::optional<SurfaceDistance> surface_distance(const Mask& mask, const Mask& truth,
                                                const Geometry& geometry);

}  // namespace spineseg
