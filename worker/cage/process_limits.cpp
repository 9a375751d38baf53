// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace spineseg {
namespace {

constexpr rlim_t kMostDescriptors = 512;
/// Of the user, in the whole system. Other processes cannot be made anyway; this bounds the threads.
constexpr rlim_t kMostTasks = 4096;

Result<void> lower(decltype(RLIMIT_CORE) which, rlim_t most, const char* name) {
    rlimit limit{};
    const bool known = ::getrlimit(which, &limit) == 0;
    const rlimit lowered{std::min(limit.rlim_cur, most), std::min(limit.rlim_max, most)};
    if (known && ::setrlimit(which, &lowered) == 0) return {};
    return failure(ErrorCode::invalid_configuration,
                   std::string("the limit of ") + name + " cannot be set: " + std::strerror(errno));
}

}  // namespace

Result<void> limit_process(std::uint64_t memory_bytes) {
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return failure(ErrorCode::invalid_configuration,
                       std::string("dumps cannot be forbidden: ") + std::strerror(errno));
    if (auto set = lower(RLIMIT_CORE, 0, "core dumps"); !set) return set;
    if (auto set = lower(RLIMIT_NOFILE, kMostDescriptors, "descriptors"); !set) return set;
    if (auto set = lower(RLIMIT_NPROC, kMostTasks, "processes"); !set) return set;
    if (auto set = lower(RLIMIT_MSGQUEUE, 0, "message queues"); !set) return set;
    if (memory_bytes == 0) return {};
    return lower(RLIMIT_DATA, memory_bytes, "memory");
}

}  // namespace spineseg
