// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/compute_process.h"

#if defined(__linux__)
#include <unistd.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace spineseg {
namespace {

constexpr const char* kPrepared = "SPINESEG_PROCESS_PREPARED";

void keep_activation_heap() {
#if defined(__GLIBC__)
    mallopt(M_ARENA_MAX, 1);  // the compute thread must share the one heap that can grow without limit
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
    mallopt(M_TOP_PAD, 256 << 20);
#endif
}

}  // namespace

bool begin_compute_process() {
    if (std::getenv(kPrepared) == nullptr) return false;
    ::unsetenv(kPrepared);  // programs that we start prepare themselves
    keep_activation_heap();
    return true;
}

void restart_compute_process([[maybe_unused]] char** argv) {
#if defined(__linux__)
    constexpr int kKeepWhatIsSet = 0;
    ::setenv(kPrepared, "1", 1);
    ::setenv("OMP_WAIT_POLICY", "passive", kKeepWhatIsSet);
    ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", kKeepWhatIsSet);
    // The real path keeps the process's name. Both calls fail only where there is no /proc: then it goes on as it is.
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) ::execv(program.c_str(), argv);
    ::unsetenv(kPrepared);
#endif
    keep_activation_heap();
}

void prepare_compute_process(char** argv) {
    if (!begin_compute_process()) restart_compute_process(argv);
}

}  // namespace spineseg
