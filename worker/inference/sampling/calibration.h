// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Temperature scaling (Guo et al. 2017) of distributions over {background, canal, vertebra, disc}: q ∝
/// p^(1/T). The order of a pixel's classes never changes, so its likeliest class does not either; a decision
/// by threshold may, where T is not 1. T = 1 returns its argument bit for bit. Values; any thread.

#include <torch/types.h>

#include "config/model_manifest.h"

namespace spineseg {

/// [..,4,H,W] → same, one temperature for all.
torch::Tensor tempered(const torch::Tensor& distribution, double temperature);

/// [..,4,H,W] → same: each pixel with the temperature of its likeliest structure, even where background is
/// likelier still (class-based temperature scaling, Frenkel and Goldberger 2021).
torch::Tensor tempered(const torch::Tensor& distribution, const PerStructure& temperature);

}  // namespace spineseg
