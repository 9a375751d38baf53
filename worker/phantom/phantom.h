// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A procedural lumbar MRI with exact labels, for tests, the demo without data, and synthetic training
/// contrast. Deterministic in its seed; T1 and T2 of one seed are the same patient. Asymmetric on purpose:
/// one oil capsule each left, anterior and cranial on the skin, so that a flip shows. Any thread.

#include <cstdint>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

/// `random` gives every tissue a brightness of its own, drawn from the seed: for domain randomisation in
/// training.
enum class PhantomContrast { t1, t2, random };

struct PhantomRequest {
    PhantomContrast contrast = PhantomContrast::t2;
    std::uint64_t seed = 0;
    int columns = 320;  ///< sagittal slices: columns run anterior → posterior, rows superior → inferior
    int rows = 320;
    int slices = 15;  ///< run left → right
    double pixel_spacing = 0.9375;
    double slice_spacing = 4.4;
    double tilt_degrees = 0.0;  ///< obliquity of the stack about the body axis
};

/// Centres of the three oil capsules, LPS. They lie where the patient's skin does; a small field of view
/// misses them.
struct PhantomMarkers {
    Vec3 left{};      ///< on the back, left of the midline
    Vec3 anterior{};  ///< on the belly, in the midline
    Vec3 cranial{};   ///< on the back, in the midline, above the middle
};

struct Phantom {
    Volume image;     ///< 0..~1500, whole numbers
    LabelMap labels;  ///< same grid; the sacrum is not labelled, as in SPIDER
    LabelMap levels;  ///< the same voxels by level, SPIDER's numbers: 1 is L5, 201 L5/S1, 100 the canal
    PhantomMarkers markers;
};

/// invalid_argument: sizes outside 1..1024, spacings outside 0.1..20 mm, a tilt beyond 45 degrees.
Result<Phantom> make_phantom(const PhantomRequest& request);

}  // namespace spineseg
