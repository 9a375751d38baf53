// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The signal void of a metal implant: dark, with a bright rim at one side where the signal of the void is
/// piled up. Deterministic in the random engine's state; any thread.

#include <torch/types.h>

#include "lab/training/training_random.h"

namespace spineseg {

struct SpoiltSlice {
    torch::Tensor image;       ///< float32 [H, W]
    torch::Tensor structures;  ///< float32 [3, H, W]; nothing is left within the void
};

/// An ellipse whose larger radius is `radius` pixels, centred on a pixel of a structure; as it was where
/// `structures` is empty. `white` is the image's brightest ordinary value.
SpoiltSlice with_signal_void(const torch::Tensor& image, const torch::Tensor& structures, double radius,
                             double white, Random& random);

}  // namespace spineseg
