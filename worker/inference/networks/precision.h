// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// In which type the networks compute, and whether this processor can compute it. Any thread; names no type
/// of LibTorch's.

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace spineseg {

/// The type that convolutions and activations compute in. Parameters, norms' statistics, the sampler's
/// arithmetic and every probability stay float32.
enum class Precision { float32, bfloat16 };

const char* to_string(Precision precision);

/// "float32", "bfloat16", or "auto" for none; invalid_argument otherwise.
Result<std::optional<Precision>> precision_from_string(std::string_view name);

/// bfloat16 on the CPU: a property of the processor and of the oneDNN inside LibTorch, which has no bfloat16
/// convolution without AVX-512.
struct Bfloat16Support {
    bool works = false;   ///< a convolution was computed, with the right result
    bool faster = false;  ///< than float32: the processor multiplies it in hardware
    /// How many times as long as in float32 a convolution takes; 0 where it was not measured.
    double relative_time = 0.0;
    std::string reason;  ///< why, or why not: a clause for people, "it has no AVX-512, without ..."
};

/// Found out once per process by computing one convolution as the networks do (prepacked_convolution.h), so that
/// whatever limits oneDNN (ONEDNN_MAX_CPU_ISA) counts too. Takes some 10 ms, on one thread.
const Bfloat16Support& cpu_bfloat16();

/// What a CPU computes in: `wanted`, or bfloat16 where it is faster and float32 elsewhere. Where bfloat16 is
/// wanted and does not work: invalid_configuration with the reason.
Result<Precision> cpu_precision(std::optional<Precision> wanted);

}  // namespace spineseg
