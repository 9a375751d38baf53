// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a pipeline with small networks and random weights is given in tests.

#include "config/model_manifest.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/phantom/phantom.h"

namespace spineseg::testing {

/// A model grid of 128 × 128 pixels, and an ensemble of two.
inline ModelManifest small_pipeline_manifest(int steps) {
    ModelManifest manifest = SmallBundle::small_manifest();
    manifest.input.spacing_mm = 0.9375;
    manifest.input.canvas_rows = manifest.input.canvas_columns = 128;
    manifest.diffusion.samples = 2;
    manifest.diffusion.steps = steps;
    return manifest;
}

/// A phantom of 96 × 80 pixels.
inline Phantom small_phantom(int slices) {
    PhantomRequest request;
    request.rows = 96;
    request.columns = 80;
    request.slices = slices;
    return make_phantom(request).value();
}

}  // namespace spineseg::testing
