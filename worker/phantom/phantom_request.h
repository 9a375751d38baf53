// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a phantom is asked for, and where its markers lie. Values; any thread.

#include <cstdint>

#include "core/geometry.h"

namespace spineseg {

/// `random` gives every tissue a brightness of its own, drawn from the seed: for domain randomisation in
/// training.
enum class PhantomContrast { t1, t2, random };

/// What the column has that an ordinary one has not. Vertebrae are counted from below, 1 is L5 (or L6); 0:
/// none. Nothing of it changes what the seed draws for the rest of the patient.
struct PhantomFindings {
    bool six_lumbar = false;   ///< one more lumbar vertebra, of L3's shape
    bool four_lumbar = false;  ///< one less, L2; not with six_lumbar
    bool lumbarised = false;   ///< S1 is squared and has a formed disc beneath it
    bool sacralised = false;   ///< L5 tapers as S1 does, and has a rudimentary disc beneath it
    int blocked = 0;           ///< it has grown together with the next one above
    double scoliosis_mm = 0;   ///< by which L3 stands left of the midline, in one curve from sacrum to T9
    int fractured = 0;         ///< its front lost half of its height
    int cemented = 0;          ///< its marrow gives no signal
    int screwed = 0;           ///< it and the next one above have pedicle screws, with rods between them
    int without_arch = 0;      ///< its lamina and spinous process were taken out
    friend bool operator==(const PhantomFindings&, const PhantomFindings&) = default;
};

struct PhantomRequest {
    PhantomContrast contrast = PhantomContrast::t2;
    std::uint64_t seed = 0;
    int columns = 320;  ///< sagittal slices: columns run anterior → posterior, rows superior → inferior
    int rows = 320;
    int slices = 15;  ///< run left → right
    double pixel_spacing = 0.9375;
    double slice_spacing = 4.4;
    double tilt_degrees = 0.0;  ///< obliquity of the stack about the body axis
    double up_mm = 0.0;         ///< by which the field of view lies higher than usual
    PhantomFindings findings = {};
};

/// Centres of the three oil capsules, LPS. They lie where the patient's skin does; a small field of view
/// misses them.
struct PhantomMarkers {
    Vec3 left{};      ///< on the back, left of the midline
    Vec3 anterior{};  ///< on the belly, in the midline
    Vec3 cranial{};   ///< on the back, in the midline, above the middle
};

}  // namespace spineseg
