// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace spineseg {

/// The type that convolutions and activations compute in. Parameters, norms' statistics, the sampler's
/// arithmetic and every probability stay float32.
enum class Precision { float32, bfloat16 };

}  // namespace spineseg
