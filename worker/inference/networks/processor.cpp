// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/processor.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <array>
#include <cstring>
#endif

namespace spineseg {
namespace {

#if defined(__x86_64__)
/// The brand string, 48 bytes in three leaves of cpuid, without the blanks around it.
std::string brand_of_processor() {
    constexpr unsigned kFirstLeaf = 0x80000002;
    std::array<unsigned, 12> words{};
    for (unsigned leaf = 0; leaf < 3; ++leaf) {
        unsigned* part = words.data() + 4 * leaf;
        if (__get_cpuid(kFirstLeaf + leaf, part, part + 1, part + 2, part + 3) == 0) return "x86-64";
    }
    std::array<char, sizeof words + 1> text{};
    std::memcpy(text.data(), words.data(), sizeof words);
    std::string name(text.data());
    const auto first = name.find_first_not_of(' ');
    if (first == std::string::npos) return "x86-64";
    return name.substr(first, name.find_last_not_of(' ') - first + 1);
}
#endif

Processor read_processor() {
    Processor processor;
#if defined(__x86_64__)
    processor.name = brand_of_processor();
    processor.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    processor.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    processor.avx512_bf16 = __builtin_cpu_supports("avx512bf16");
    processor.amx_bf16 = __builtin_cpu_supports("amx-bf16");
#elif defined(__aarch64__)
    processor.name = "aarch64";
#else
    processor.name = "unknown";
#endif
    return processor;
}

}  // namespace

const Processor& this_processor() {
    static const Processor processor = read_processor();
    return processor;
}

}  // namespace spineseg
