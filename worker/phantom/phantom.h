// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A procedural lumbar MRI with exact labels, for tests, the demo without data, and synthetic training contrast.
/// Deterministic in its seed. Asymmetric on purpose: one marker each left, anterior and cranial, so that a flip shows.

#include <cstdint>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

enum class PhantomContrast { t1, t2 };

struct PhantomRequest {
    PhantomContrast contrast = PhantomContrast::t2;
    std::uint64_t seed = 0;
    int columns = 320;  ///< sagittal slices: columns run anterior → posterior, rows superior → inferior
    int rows = 320;
    int slices = 15;
    double pixel_spacing = 0.9375;
    double slice_spacing = 4.4;
    double tilt_degrees = 0.0;  ///< obliquity of the stack about the body axis
};

struct Phantom {
    Volume image;      ///< 0..~1500, whole numbers
    LabelMap labels;   ///< same grid
};

Result<Phantom> make_phantom(const PhantomRequest& request);

}  // namespace spineseg
