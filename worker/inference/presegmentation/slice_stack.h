// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

namespace spineseg {

/// Slices on the model's grid, as to_model_grid.h makes them. Values; any thread.
struct SliceStack {
    torch::Tensor
        intensities;  ///< float32 [N, H, W] on the CPU: source intensities at the model's spacing, 0 outside
    torch::Tensor inside;           ///< bool [N, H, W]: true where the source image has pixels
    double slice_spacing_mm = 0.0;  ///< between the centres of neighbouring slices; 0: not known
};

}  // namespace spineseg
