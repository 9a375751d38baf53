// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A procedural lumbar MRI with exact labels, for tests, the demo without data, and synthetic training
/// contrast. Deterministic in its seed; T1 and T2 of one seed are the same patient. Asymmetric on purpose:
/// one oil capsule each left, anterior and cranial on the skin, so that a flip shows. Any thread.

#include "core/result.h"
#include "core/volume.h"
#include "worker/phantom/phantom_request.h"

namespace spineseg {

struct Phantom {
    Volume image;     ///< 0..~1500, whole numbers
    LabelMap labels;  ///< same grid; the sacrum is not labelled, as in SPIDER
    LabelMap levels;  ///< the same voxels by level, SPIDER's numbers: 1 is L5, 201 L5/S1, 100 the canal
    LabelMap parts;   ///< its vertebrae in two, by core/vertebra_parts.h: 31 the body of L5, 61 its arch
    LabelMap
        sacrum;  ///< same grid, voxels by their centres: 1 the body of S1, 2 the disc beneath it; in no other map
    PhantomMarkers markers;
};

/// invalid_argument: sizes outside 1..1024, spacings outside 0.1..20 mm, a tilt beyond 45 degrees,
/// findings of vertebrae that are not there.
Result<Phantom> make_phantom(const PhantomRequest& request);

}  // namespace spineseg
