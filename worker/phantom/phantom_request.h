// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a phantom is asked for, and where its markers lie. Values; any thread.

#include <cstdint>

#include "core/geometry.h"

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

}  // namespace spineseg
