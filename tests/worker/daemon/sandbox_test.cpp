// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/sandbox.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace spineseg {
namespace sandbox_test {

/// In a child, since the sandbox is for good. The child's exit code.
int in_sandbox(const std::function<int()>& attempt) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (!forbid_network_and_programs()) ::_exit(100);
        ::_exit(attempt());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int socket_error(int domain) {
    const int descriptor = ::socket(domain, SOCK_STREAM, 0);
    return descriptor >= 0 ? 0 : errno;
}

TEST(Sandbox, OnlyUnixSocketsCanBeOpened) {
    EXPECT_EQ(in_sandbox([] { return socket_error(AF_UNIX); }), 0);
    EXPECT_EQ(in_sandbox([] { return socket_error(AF_INET); }), EACCES);
    EXPECT_EQ(in_sandbox([] { return socket_error(AF_INET6); }), EACCES);
}

TEST(Sandbox, ThreadsStartedLaterAreInItToo) {
    EXPECT_EQ(in_sandbox([] {
                  int error = 0;
                  std::thread([&] { error = socket_error(AF_INET); }).join();
                  return error;
              }),
              EACCES);
}

TEST(Sandbox, NoOtherProgramCanBeRun) {
    EXPECT_EQ(in_sandbox([] {
                  ::execl("/bin/true", "/bin/true", static_cast<char*>(nullptr));
                  return errno;
              }),
              EACCES);
}

}  // namespace sandbox_test
}  // namespace spineseg
