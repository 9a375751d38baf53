// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/call_filter.h"

#include <seccomp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace spineseg {
namespace {

struct ReleaseFilter {
    void operator()(scmp_filter_ctx context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, ReleaseFilter>;

tl::unexpected<Error> filter_refused(const std::string& what, int code) {
    return failure(ErrorCode::invalid_configuration, "the system calls of this process cannot be filtered: " +
                                                         what + ": " + std::strerror(-code));
}

Result<void> allow(scmp_filter_ctx filter, const AllowedCall& call) {
    const int number = seccomp_syscall_resolve_name(call.name);
    // Not of this processor, or newer than this libseccomp, which then cannot be asked for it by mistake either.
    if (number < 0) return {};
    std::vector<scmp_arg_cmp> conditions;
    for (const auto& condition : call.conditions)
        conditions.push_back({condition.argument, SCMP_CMP_MASKED_EQ, condition.mask, condition.expected});
    const int code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number,
                                            static_cast<unsigned>(conditions.size()), conditions.data());
    return code == 0 ? Result<void>{} : filter_refused(call.name, code);
}

}  // namespace

Result<void> filter_calls(std::span<const AllowedCall> calls) {
    // ENOSYS, neither EPERM nor the process's end: libraries have a way round a call that a kernel lacks, and a
    // library of a later release may try one that is not in the list. Ending the process would lose the job, and
    // keeps an attacker off no better. Another architecture's numbers are tried by nobody but an attacker.
    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
    if (!filter) return filter_refused("no filter", -ENOMEM);
    if (const int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); code != 0)
        return filter_refused("threads that exist already cannot be reached", code);
    seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE,
                     2);  // a binary tree; only its speed is lost without
    for (const auto& call : calls)
        if (auto allowed = allow(filter.get(), call); !allowed) return allowed;
    if (const int code = seccomp_load(filter.get()); code != 0)
        return filter_refused("the kernel refuses", code);
    return {};
}

bool has_call_filters() {
    constexpr unsigned kLevelWithAllThreads = 2;  // seccomp_api_get(3)
    return seccomp_api_get() >= kLevelWithAllThreads;
}

}  // namespace spineseg
