// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/kernel_choice.h"

#include <cstdlib>
#include <string_view>

#include "worker/inference/networks/processor.h"

namespace spineseg::kernels {

const Kernels& choose(const Processor& processor, const char* capability) {
    const std::string_view limit = capability == nullptr ? "" : capability;
#if defined(__x86_64__)
    const bool at_most_avx2 = limit == "avx2", at_most_generic = limit == "default";
    if (processor.avx512 && !at_most_avx2 && !at_most_generic) return kAvx512Kernels;
    if (processor.avx2 && !at_most_generic) return kAvx2Kernels;
#endif
    return kGenericKernels;
}

const Kernels& for_this_machine() {
    static const Kernels& chosen = choose(this_processor(), std::getenv("ATEN_CPU_CAPABILITY"));
    return chosen;
}

}  // namespace spineseg::kernels
