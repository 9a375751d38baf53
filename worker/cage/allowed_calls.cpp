// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/allowed_calls.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <array>
#include <initializer_list>

namespace spineseg {
namespace {

// What a job was seen to call (strace on Debian 12), and what the same libraries may call elsewhere: on more
// processors, without /sys, with a newer C library.

// Neither names a file nor another process.
constexpr std::array kPlain = {
    // memory. Executable pages are allowed: oneDNN compiles its kernels at run time.
    "brk", "mmap", "mprotect", "munmap", "mremap", "madvise",
    // threads
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "gettid",
    "getpid", "exit", "exit_group", "sched_yield", "sched_getaffinity", "getcpu", "membarrier",
    "restart_syscall",
    // signals of its own
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack",
    // open descriptors
    "read", "readv", "pread64", "preadv", "write", "writev", "close", "lseek", "dup", "dup2", "dup3", "pipe2",
    "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "eventfd2", "timerfd_create", "timerfd_settime", "fadvise64",
    // the connection, which the connector made (worker/daemon/connector.h): no socket, no connect, no bind
    "recvmsg", "recvfrom", "sendmsg", "sendto", "shutdown", "getsockopt", "getsockname", "getpeername",
    // the clock, for who asks it without the vDSO
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    // itself and the machine
    "getuid", "geteuid", "getgid", "getegid", "getrandom", "uname", "sysinfo", "getrusage", "times",
    "getppid", "get_mempolicy", "arch_prctl"};

/// Looking at files; Landlock decides which may be opened.
constexpr std::array kLooking = {"fstat",  "stat",       "lstat",      "newfstatat", "statx",
                                 "access", "faccessat",  "faccessat2", "readlink",   "readlinkat",
                                 "getcwd", "getdents64", "fstatfs",    "statfs"};

constexpr std::array kMakingFiles = {"mkdir",  "mkdirat",   "unlink",    "unlinkat",  "rmdir",
                                     "rename", "renameat",  "renameat2", "ftruncate", "pwrite64",
                                     "fsync",  "fdatasync", "fallocate", "sendfile",  "copy_file_range",
                                     "wait4"};  // for who takes empty output away (worker/cli/program_process.cpp)

constexpr std::array kCudaDriver = {"mlock",
                                    "mlock2",
                                    "munlock",
                                    "memfd_create",
                                    "ftruncate",
                                    "sched_setaffinity",
                                    "sched_getparam",
                                    "sched_getscheduler",
                                    "sched_get_priority_max",
                                    "sched_get_priority_min",
                                    "mbind",
                                    "set_mempolicy",
                                    "pipe",
                                    "eventfd",
                                    "timerfd_gettime",
                                    "msync",
                                    "getpriority",
                                    "capget"};

constexpr std::uint64_t kWriteFlags = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

using Rules = std::vector<AllowedCall>;

template <std::size_t N>
void add_plain(const std::array<const char*, N>& names, Rules& rules) {
    for (const char* name : names) rules.push_back({name, {}});
}

/// With one of these values as the argument; the kernel reads these as 32 bits.
void add_choice(const char* name, unsigned argument, std::initializer_list<std::uint64_t> values,
                Rules& rules) {
    for (const auto value : values) rules.push_back({name, {{argument, 0xffffffff, value}}});
}

/// Threads, and no other process: what a thread shares is fixed, and no flag of a namespace is among them. clone3
/// hides its flags from a filter; the C library goes on with clone where clone3 is unknown.
void add_threads(Rules& rules) {
    constexpr std::uint64_t kOfAThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                          CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    rules.push_back({"clone", {{0, kOfAThread | kNamespaces, kOfAThread}}});
}

}  // namespace

std::vector<AllowedCall> allowed_calls(const CallNeeds& needs) {
    Rules rules;
    add_plain(kPlain, rules);
    add_plain(kLooking, rules);
    add_threads(rules);
    const bool opens_for_writing =
        needs.writes || needs.profile == CageProfile::cuda;  // its devices are written
    if (opens_for_writing) {
        rules.push_back({"openat", {}});
        rules.push_back({"open", {}});
    } else {
        rules.push_back({"openat", {{2, kWriteFlags, 0}}});
        rules.push_back({"open", {{1, kWriteFlags, 0}}});
    }
    if (needs.writes) add_plain(kMakingFiles, rules);
    if (needs.profile == CageProfile::cuda) {
        add_plain(kCudaDriver, rules);
        rules.push_back({"ioctl", {}});  // the driver's; Landlock 5 confines them to its devices
    } else {
        add_choice("ioctl", 1, {TCGETS, TIOCGWINSZ, FIONBIO, FIONREAD}, rules);
    }
    // F_SETOWN would send signals to others, F_SETPIPE_SZ take memory of the kernel.
    add_choice("fcntl", 1, {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC}, rules);
    add_choice("prctl", 0, {PR_SET_NAME, PR_GET_NAME}, rules);
    // Reading limits, not setting them: the new limit is a null pointer.
    rules.push_back({"prlimit64", {{0, 0xffffffff, 0}, {2, ~std::uint64_t{0}, 0}}});
    rules.push_back({"getrlimit", {}});
    // abort() and pthread_kill() within this process.
    rules.push_back({"tgkill", {{0, 0xffffffff, needs.process}}});
    return rules;
}

}  // namespace spineseg
