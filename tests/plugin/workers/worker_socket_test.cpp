// SPDX-License-Identifier: GPL-3.0-or-later
// Who may connect, where users are given by number: the containers of Orthanc and of the worker have user databases of
// their own.
#include "plugin/workers/worker_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace {

constexpr unsigned kNobodysId = 54321;  // no user and no group of a fresh Debian has it
const std::string kNobodysIdAsText = "54321";

/// Connects as user and group kNobodysId in a process of its own; what check_peer makes of it. Needs root.
Result<void> check_stranger(const SocketPlan& plan) {
    const auto socket = WorkerSocket::listen(plan);
    if (!socket) return failure(socket.error());
    const pid_t child = ::fork();
    if (child == 0) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        plan.path.native().copy(address.sun_path, sizeof address.sun_path - 1);
        if (::setgid(kNobodysId) != 0 || ::setuid(kNobodysId) != 0) ::_exit(2);
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
        ::_exit(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the other process could not connect";
    const int accepted = ::accept(socket->descriptor(), nullptr, nullptr);
    auto verdict = check_peer(accepted, plan);
    ::close(accepted);
    return verdict;
}

TEST(WorkerSocket, AUserThatOnlyHasANumberMayConnectWhereThePlanNamesTheNumber) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can connect as another user";
    const TemporaryFolder folder;
    ASSERT_EQ(::chmod(folder.file(".").c_str(), 0755), 0);
    const auto path = folder.file("s");
    EXPECT_TRUE(check_stranger({path, 0666, "", {kNobodysIdAsText}}));
    EXPECT_TRUE(check_stranger({path, 0660, kNobodysIdAsText, {}}));
    const auto refused = check_stranger({path, 0666, "", {"54322"}});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("user 54321 may not connect"), std::string::npos);
}

TEST(WorkerSocket, TheGroupMayBeANumberThatNoGroupHasAName) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to any group";
    const TemporaryFolder folder;
    const auto socket = WorkerSocket::listen({folder.file("s"), 0660, kNobodysIdAsText, {}});
    ASSERT_TRUE(socket) << socket.error().describe();
    struct stat info {};
    ASSERT_EQ(::stat(folder.file("s").c_str(), &info), 0);
    EXPECT_EQ(info.st_gid, kNobodysId);
}

TEST(WorkerSocket, WhatIsNeitherANameNorAnIdIsRefused) {
    const TemporaryFolder folder;
    // 4294967295 is (uid_t)-1, which chown takes as "leave it": accepting it would accept a mistake.
    for (const std::string text : {"4294967295", "99999999999", "-1", "54321x", " 54321", "0x10"}) {
        const auto socket = WorkerSocket::listen({folder.file("s"), 0600, "", {text}});
        ASSERT_FALSE(socket) << text;
        EXPECT_NE(socket.error().detail.find("there is no user \"" + text + "\""), std::string::npos);
    }
}

}  // namespace
}  // namespace spineseg
