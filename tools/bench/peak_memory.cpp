// SPDX-License-Identifier: GPL-3.0-or-later
#include "tools/bench/peak_memory.h"

#include <fstream>
#include <string>

namespace spineseg {

double peak_memory_mib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "VmHWM:") {
            double kibibytes = 0;
            status >> kibibytes;
            return kibibytes / 1024;
        }
    return 0;
}

bool reset_peak_memory() {
    std::ofstream refs("/proc/self/clear_refs");  // proc(5): 5 resets the peak resident set size
    refs << "5" << std::flush;
    return refs.good();
}

}  // namespace spineseg
