// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// In which type the networks compute, and whether this processor multiplies it in hardware. Any thread.

namespace spineseg {

/// The type that convolutions and activations compute in. Parameters, norms' statistics, the sampler's
/// arithmetic and every probability stay float32.
enum class Precision { float32, bfloat16 };

const char* to_string(Precision precision);

/// bfloat16 where the processor has AVX512-BF16 or AMX-BF16 and the operating system lets us use it, else float32:
/// emulated bfloat16 is slower than float32.
Precision fastest_cpu_precision();

}  // namespace spineseg
