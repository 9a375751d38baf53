// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which of the kernels of fused_norm_kernel.h this processor runs. Any thread.

#include <torch/types.h>

#include "worker/inference/networks/fused_norm_kernel.h"

namespace spineseg {

struct Processor;

namespace kernels {

/// The widest kernels that the processor runs and `capability` allows: the value of ATEN_CPU_CAPABILITY, which
/// limits LibTorch's own kernels too ("avx2", "default"; null or anything else: no limit).
const Kernels& choose(const Processor& processor, const char* capability);
/// For this processor and this process's environment.
const Kernels& for_this_machine();

inline Element element_of(torch::ScalarType type) {
    return type == torch::kBFloat16 ? Element::bfloat16 : Element::float32;
}

}  // namespace kernels
}  // namespace spineseg
