// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// From the patient to pixels: partial volume by supersampling, a receive coil that fades, Rician noise. Pure
/// in its arguments; any thread.

#include "core/volume.h"
#include "worker/phantom/body.h"
#include "worker/phantom/phantom_request.h"
#include "worker/phantom/tissue.h"

namespace spineseg::phantom {

/// The grid of a request: sagittal, slices from left to right, tilted about the body axis.
Geometry grid_of(const PhantomRequest& request);

struct Exposure {
    Volume signal;  ///< noiseless, after the coil
    LabelMap labels;
    LabelMap levels;  ///< SPIDER's numbers, see Phantom
    LabelMap parts;   ///< see Phantom
};

Exposure expose(const Body& body, const Geometry& geometry, const Brightness& brightness);
void apply_coil(Volume& signal, const Body& body, std::uint64_t seed);
/// Magnitude of a complex signal with equal noise in both channels (Gudbjartsson and Patz, MRM 1995),
/// rounded.
void add_rician_noise(Volume& signal, double sigma, std::uint64_t seed);

}  // namespace spineseg::phantom
