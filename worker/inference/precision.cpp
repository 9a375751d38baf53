// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/precision.h"

namespace spineseg {

const char* to_string(Precision precision) {
    return precision == Precision::bfloat16 ? "bfloat16" : "float32";
}

Precision fastest_cpu_precision() {
#if defined(__x86_64__)
    // Both ask the operating system too: registers that it does not save cannot be used.
    if (__builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16"))
        return Precision::bfloat16;
#endif
    return Precision::float32;
}

}  // namespace spineseg
