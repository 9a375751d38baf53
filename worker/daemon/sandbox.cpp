// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace spineseg {
namespace {

#if defined(__x86_64__)
constexpr __u32 kArchitecture = AUDIT_ARCH_X86_64;
constexpr __u32 kForeignCalls = 0x40000000;  // the x32 numbering of the same calls
#elif defined(__aarch64__)
constexpr __u32 kArchitecture = AUDIT_ARCH_AARCH64;
constexpr __u32 kForeignCalls = 0xFFFFFFFF;
#endif

sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset));
}
/// Skips `yes` instructions when the loaded word equals `value`, `no` otherwise.
sock_filter if_equal(__u32 value, __u8 yes, __u8 no) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}
sock_filter if_at_least(__u32 value, __u8 yes, __u8 no) {
    return BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, yes, no);
}
sock_filter answer(__u32 action) {
    return BPF_STMT(BPF_RET | BPF_K, action);
}

}  // namespace

Result<void> forbid_network_and_programs() {
#if defined(__x86_64__) || defined(__aarch64__)
    // io_uring would open sockets without the socket call; the domain is the call's first argument (little
    // endian).
    const std::array filter{
        load(offsetof(seccomp_data, arch)),
        if_equal(kArchitecture, 1, 0),
        answer(SECCOMP_RET_KILL_PROCESS),
        load(offsetof(seccomp_data, nr)),
        if_at_least(kForeignCalls, 6, 0),
        if_equal(__NR_execve, 5, 0),
        if_equal(__NR_execveat, 4, 0),
        if_equal(__NR_io_uring_setup, 3, 0),
        if_equal(__NR_socket, 0, 3),
        load(offsetof(seccomp_data, args)),
        if_equal(AF_UNIX, 1, 0),
        answer(SECCOMP_RET_ERRNO | EACCES),
        answer(SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return failure(ErrorCode::invalid_configuration,
                       std::string("no seccomp filter here: ") + std::strerror(errno));
    return {};
#else
    return failure(ErrorCode::invalid_configuration, "no seccomp filter for this processor");
#endif
}

}  // namespace spineseg
