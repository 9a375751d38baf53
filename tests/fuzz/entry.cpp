// SPDX-License-Identifier: GPL-3.0-or-later
// What libFuzzer calls. SPINESEG_FUZZ_TARGET is the name of a function of fuzz_target.h (CMakeLists.txt).
#include <cstddef>

#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    spineseg::fuzz::SPINESEG_FUZZ_TARGET({data, size});
    return 0;
}
