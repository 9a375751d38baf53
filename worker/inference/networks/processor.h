// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the processor can do, as far as the networks' speed depends on it. Any thread.

#include <string>

namespace spineseg {

/// Flags are true only where the operating system saves the registers too: others cannot be used.
struct Processor {
    std::string name;     ///< "AMD EPYC 7763 64-Core Processor", or the architecture where it has no name
    bool avx2 = false;    ///< with FMA
    bool avx512 = false;  ///< F, BW, VL and DQ
    bool avx512_bf16 = false;  ///< multiplies bfloat16
    bool amx_bf16 = false;     ///< multiplies bfloat16 matrices
};

/// Read once per process.
const Processor& this_processor();

}  // namespace spineseg
