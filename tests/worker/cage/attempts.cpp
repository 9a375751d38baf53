// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/cage/attempts.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace spineseg::testing {
namespace {

/// The call's error; what it opened is closed again.
template <typename... Arguments>
int error_of(long number, Arguments... arguments) {
    return ::syscall(number, arguments...) >= 0 ? 0 : errno;
}

template <typename... Arguments>
int error_of_opening(long number, Arguments... arguments) {
    const long descriptor = ::syscall(number, arguments...);
    if (descriptor < 0) return errno;
    ::syscall(SYS_close, descriptor);
    return 0;
}

/// A copy of this process that ends at once.
template <typename... Arguments>
int error_of_forking(long number, Arguments... arguments) {
    const long child = ::syscall(number, arguments...);
    if (child == 0) ::syscall(SYS_exit_group, 0);
    if (child < 0) return errno;
    ::syscall(SYS_wait4, child, nullptr, 0, nullptr);
    return 0;
}

int opening(const char* path, int flags) {
    return error_of_opening(SYS_openat, AT_FDCWD, path, flags, 0600);
}

template <int Family, int Type>
int socket_of() {
    return error_of_opening(SYS_socket, Family, Type, 0);
}

/// The first error that is not "no such family here"; 0 where one of them can be made.
int socket_of_any_family() {
    int seen = ENOSYS;
    for (int family = 0; family < AF_MAX; ++family)
        for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET}) {
            const int error = error_of_opening(SYS_socket, family, type, 0);
            if (error == 0) return 0;
            if (error != ENOSYS) seen = error;
        }
    return seen;
}

int socket_pair() {
    std::array<int, 2> ends{};
    const int error = error_of(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends.data());
    if (error == 0)
        for (const int end : ends) ::syscall(SYS_close, end);
    return error;
}

int reading_another_process(long number) {
    char here = 0, there = 0;
    iovec local{&here, 1}, remote{&there, 1};
    return error_of(number, ::syscall(SYS_getpid), &local, 1UL, &remote, 1UL, 0UL);
}

int io_uring() {
    alignas(8) std::array<unsigned char, 256> parameters{};
    return error_of_opening(SYS_io_uring_setup, 1U, parameters.data());
}

int raising_a_limit() {
    rlimit same{};
    ::syscall(SYS_prlimit64, 0, RLIMIT_STACK, nullptr, &same);
    return error_of(SYS_prlimit64, 0, RLIMIT_STACK, &same, nullptr);
}

constexpr std::array kAttempts = {
    Attempt{"socket of any family", socket_of_any_family},
    Attempt{"socket AF_UNIX", socket_of<AF_UNIX, SOCK_STREAM>},
    Attempt{"socket AF_INET", socket_of<AF_INET, SOCK_STREAM>},
    Attempt{"socket AF_INET6", socket_of<AF_INET6, SOCK_DGRAM>},
    Attempt{"socket AF_NETLINK", socket_of<AF_NETLINK, SOCK_RAW>},
    Attempt{"socket AF_PACKET", socket_of<AF_PACKET, SOCK_RAW>},
    Attempt{"socketpair", socket_pair},
    Attempt{"connect", [] { return error_of(SYS_connect, -1, nullptr, 0); }},
    Attempt{"bind", [] { return error_of(SYS_bind, -1, nullptr, 0); }},
    Attempt{"accept4", [] { return error_of(SYS_accept4, -1, nullptr, nullptr, 0); }},
    Attempt{"open /etc/passwd", [] { return opening("/etc/passwd", O_RDONLY); }},
    Attempt{"open /etc/hostname", [] { return opening("/etc/hostname", O_RDONLY); }},
    Attempt{"open /", [] { return opening("/", O_RDONLY | O_DIRECTORY); }},
    Attempt{"open /proc/1/status", [] { return opening("/proc/1/status", O_RDONLY); }},
    Attempt{"write /tmp", [] { return opening("/tmp", O_TMPFILE | O_WRONLY); }},
    Attempt{"write /dev/null", [] { return opening("/dev/null", O_WRONLY); }},
    // A program that does not exist: one that does would take this one's place where it can be started.
    Attempt{"execve", [] { return error_of(SYS_execve, "/nonexistent/program", nullptr, nullptr); }},
    Attempt{"execveat",
            [] { return error_of(SYS_execveat, AT_FDCWD, "/nonexistent/program", nullptr, nullptr, 0); }},
    Attempt{"fork", [] { return error_of_forking(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    Attempt{"clone3", [] { return error_of(SYS_clone3, nullptr, 0UL); }},
    Attempt{"clone into a namespace",
            [] { return error_of_forking(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); }},
    Attempt{"ptrace", [] { return error_of(SYS_ptrace, 16 /* PTRACE_ATTACH */, 0, 0, 0); }},
    Attempt{"process_vm_readv", [] { return reading_another_process(SYS_process_vm_readv); }},
    Attempt{"process_vm_writev", [] { return reading_another_process(SYS_process_vm_writev); }},
    Attempt{"pidfd_open", [] { return error_of_opening(SYS_pidfd_open, ::syscall(SYS_getpid), 0U); }},
    Attempt{"kill", [] { return error_of(SYS_kill, ::syscall(SYS_getppid), 0); }},
    Attempt{"tgkill another process",
            [] { return error_of(SYS_tgkill, ::syscall(SYS_getppid), ::syscall(SYS_getppid), 0); }},
    Attempt{"unshare", [] { return error_of(SYS_unshare, CLONE_FILES); }},
    Attempt{"setns", [] { return error_of(SYS_setns, -1, 0); }},
    Attempt{"mount", [] { return error_of(SYS_mount, nullptr, "/nonexistent", nullptr, 0UL, nullptr); }},
    Attempt{"chroot", [] { return error_of(SYS_chroot, "/nonexistent"); }},
    Attempt{"io_uring_setup", io_uring},
    Attempt{"userfaultfd", [] { return error_of_opening(SYS_userfaultfd, 1 /* user mode only */); }},
    Attempt{"bpf", [] { return error_of(SYS_bpf, 0, nullptr, 0U); }},
    Attempt{"perf_event_open", [] { return error_of(SYS_perf_event_open, nullptr, 0, -1, -1, 0UL); }},
    Attempt{"keyctl", [] { return error_of(SYS_keyctl, 0, -3, 0); }},
    Attempt{"add_key", [] { return error_of(SYS_add_key, "user", "spineseg", "x", 1UL, -3); }},
    Attempt{"memfd_create", [] { return error_of_opening(SYS_memfd_create, "spineseg", 0U); }},
    Attempt{"seccomp", [] { return error_of(SYS_seccomp, 99U, 0U, nullptr); }},
    Attempt{"prctl dumpable", [] { return error_of(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }},
    Attempt{"setting a limit", raising_a_limit},
    Attempt{"ioctl TIOCSTI", [] { return error_of(SYS_ioctl, -1, TIOCSTI, nullptr); }},
    Attempt{"fcntl F_SETOWN", [] { return error_of(SYS_fcntl, 0, F_SETOWN, 0); }},
    Attempt{"setuid", [] { return error_of(SYS_setuid, ::syscall(SYS_getuid)); }},
    Attempt{"personality", [] { return error_of(SYS_personality, 0xffffffffUL); }},
    Attempt{"unlink", [] { return error_of(SYS_unlinkat, AT_FDCWD, "/nonexistent/file", 0); }},
    Attempt{"symlink", [] { return error_of(SYS_symlinkat, "a", AT_FDCWD, "/nonexistent/link"); }},
    Attempt{"chmod", [] { return error_of(SYS_fchmodat, AT_FDCWD, "/nonexistent/file", 0600U); }},
    Attempt{"truncate", [] { return error_of(SYS_truncate, "/nonexistent/file", 0L); }},
    Attempt{"shmget", [] { return error_of(SYS_shmget, 0, 4096UL, 0600); }},
    Attempt{"inotify_init1", [] { return error_of_opening(SYS_inotify_init1, 0); }},
};

}  // namespace

std::span<const Attempt> attempts() {
    return kAttempts;
}

}  // namespace spineseg::testing
