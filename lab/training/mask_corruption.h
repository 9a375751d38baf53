// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The errors that presegmentations make, made on purpose: a structure missing, two vertebrae merged through
/// their disc, a border shifted, anatomy painted where there is none. A denoiser that only ever saw masks
/// that are right, or wrong as on its own training patients, learns to copy them. Deterministic in the random
/// engine's state; any thread.

#include <torch/types.h>

#include <random>

namespace spineseg {

/// Probabilities of each error per mask, and their sizes in pixels.
struct MaskCorruptionPlan {
    double missing = 0.35;  ///< all structures within a disc of the image are erased
    double merged = 0.25;   ///< intervertebral discs within it become vertebra
    double shifted = 0.60;  ///< all borders move by a smooth field
    double painted = 0.25;  ///< a piece of the mask is copied to where it does not belong
    double smallest_radius = 8, largest_radius = 28;
    double largest_shift = 3;  ///< standard deviation of the smooth field, at most
};

/// `mask` [3, H, W] float32 in {0, 1} → the same with errors.
torch::Tensor corrupted_mask(const torch::Tensor& mask, const MaskCorruptionPlan& plan,
                             std::mt19937_64& random);

}  // namespace spineseg
