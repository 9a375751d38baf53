// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/connector.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/worker/cage/started_program.h"
#include "tests/worker/daemon/scripted_plugin.h"

namespace spineseg {
namespace connector_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::ScriptedPlugin;
using Replies = std::optional<std::vector<wire::Message>>;

constexpr uid_t kStranger = 54321;

TrustedListeners ourselves() {
    return {{::geteuid()}, false};
}

Replies welcoming(int, const wire::Message&) {
    return {{wire::Welcome{wire::kProtocolVersion, "0.9"}}};
}

/// What comes back on a connection for a greeting.
std::string answer_on(int connection) {
    const auto hello = wire::encode(wire::Hello{});
    if (::write(connection, hello.data(), hello.size()) != static_cast<ssize_t>(hello.size())) return "";
    std::array<char, 4096> buffer{};
    for (int round = 0; round < 500; ++round) {
        const auto count = ::read(connection, buffer.data(), buffer.size());
        if (count >= 0) return {buffer.data(), static_cast<std::size_t>(count)};
        ::usleep(10'000);
    }
    return "";
}

std::vector<pid_t> children() {
    std::ifstream file("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    std::vector<pid_t> found;
    for (pid_t child = 0; file >> child;) found.push_back(child);
    return found;
}

TEST(Connector, SendsBackAConnectionThatSomebodyAnswersAsOftenAsItIsAsked) {
    ScriptedPlugin plugin(welcoming);
    const auto connector = Connector::start(plugin.socket(), ourselves());
    ASSERT_TRUE(connector.has_value()) << connector.error().detail;
    for (int round = 0; round < 3; ++round) {
        const auto connection = connector->connect();
        ASSERT_TRUE(connection.has_value()) << connection.error().detail;
        EXPECT_THAT(answer_on(*connection), HasSubstr("welcome"));
        ::close(*connection);
    }
}

TEST(Connector, SaysWhyThereIsNoConnection) {
    const auto connector = Connector::start("/nonexistent/worker.sock", ourselves());
    ASSERT_TRUE(connector.has_value());
    const auto connection = connector->connect();
    ASSERT_FALSE(connection.has_value());
    EXPECT_EQ(connection.error().code, ErrorCode::archive_unavailable);
    EXPECT_THAT(connection.error().detail, HasSubstr("/nonexistent/worker.sock: No such file"));
}

TEST(Connector, IsItselfConfinedAndEndsWithTheWorker) {
    const auto before = children();
    std::optional<Result<Connector>> connector = Connector::start("/nonexistent/worker.sock", ourselves());
    ASSERT_TRUE((*connector).has_value());
    ASSERT_FALSE((*connector)->connect().has_value()) << "so that it is ready";
    pid_t process = -1;
    for (const pid_t child : children())
        if (std::find(before.begin(), before.end(), child) == before.end()) process = child;
    ASSERT_GT(process, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_EQ(testing::status_of(process, process, "Seccomp"), "2");
#endif
    connector.reset();
    EXPECT_EQ(::waitpid(process, nullptr, 0), process);
}

TEST(Connector, ThatWasEndedByForceIsAnErrorOfItsOwn) {
    const auto before = children();
    const auto connector = Connector::start("/nonexistent/worker.sock", ourselves());
    ASSERT_TRUE(connector.has_value());
    for (const pid_t child : children())
        if (std::find(before.begin(), before.end(), child) == before.end()) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
    const auto connection = connector->connect();
    ASSERT_FALSE(connection.has_value());
    EXPECT_EQ(connection.error().code, ErrorCode::internal);
}

/// A socket at which another user listens, in a folder of a given mode. Needs root.
class StrangersSocket {
  public:
    explicit StrangersSocket(mode_t mode)
        : folder_(fs::path(::testing::TempDir()) / ("stranger_" + std::to_string(std::random_device{}()))) {
        fs::create_directories(folder_);
        ::chmod(folder_.c_str(), mode);
        (void)!::chown(folder_.c_str(), kStranger, kStranger);
        std::array<int, 2> ready{};
        if (::pipe(ready.data()) != 0) throw std::runtime_error("pipe");
        process_ = ::fork();
        if (process_ == 0) listen_as_stranger(ready[1]);
        char byte = 0;
        if (::read(ready[0], &byte, 1) != 1) throw std::runtime_error("the stranger cannot listen");
    }
    ~StrangersSocket() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        fs::remove_all(folder_);
    }
    StrangersSocket(const StrangersSocket&) = delete;
    StrangersSocket& operator=(const StrangersSocket&) = delete;
    fs::path path() const { return folder_ / "worker.sock"; }

  private:
    [[noreturn]] void listen_as_stranger(int ready) const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = path();
        std::copy(name.begin(), name.end(), address.sun_path);
        const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
        const bool listens =
            ::setgid(kStranger) == 0 && ::setuid(kStranger) == 0 &&
            ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
            ::listen(listener, 5) == 0;
        if (!listens || ::write(ready, "r", 1) != 1) ::_exit(1);
        for (;;) ::pause();
    }
    fs::path folder_;
    pid_t process_ = -1;
};

// A worker sent patients' results to whoever listened at the path of its socket.
TEST(Connector, AListenerOfAnotherUserIsRefusedUnlessItIsNamed) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to listen as another user";
    const StrangersSocket socket(0755);
    const auto refused = connect_to_plugin(socket.path(), ourselves());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_configuration);
    EXPECT_THAT(refused.error().detail, HasSubstr("--listener-user 54321"));
    const auto named = trusted_listeners("54321");
    ASSERT_TRUE(named.has_value());
    const auto accepted = connect_to_plugin(socket.path(), *named);
    ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
    ::close(*accepted);
}

TEST(Connector, RootAndThisUserAreTrustedAndAnUnknownNameIsRefused) {
    const auto trusted = trusted_listeners("");
    ASSERT_TRUE(trusted.has_value());
    EXPECT_THAT(trusted->users, ::testing::IsSupersetOf({uid_t{0}, ::geteuid()}));
    const auto unknown = trusted_listeners("nobody-of-that-name");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_THAT(unknown.error().detail, HasSubstr("nobody-of-that-name"));
}

/// In a user namespace of its own, where every other user looks like number 65534. Its exit code.
int in_user_namespace(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWUSER) != 0) ::_exit(100);
        ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int connects_within_namespace(const fs::path& socket) {
    return in_user_namespace([&] {
        const auto trusted = trusted_listeners("");
        if (!trusted || !trusted->others_are_hidden) return 101;
        return connect_to_plugin(socket, *trusted) ? 0 : 1;
    });
}

// PrivateUsers of the systemd unit hides who listens: every other user is 65534 there.
TEST(Connector, WhereUsersAreHiddenTheSocketsFolderDecides) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to listen as another user";
    const StrangersSocket closed(0755), open_to_all(0777);
    // So that the process may connect at all, as the socket's group lets the worker.
    for (const auto& socket : {closed.path(), open_to_all.path()}) ::chmod(socket.c_str(), 0777);
    const int code = connects_within_namespace(closed.path());
    if (code == 100) GTEST_SKIP() << "no user namespaces here";
    EXPECT_EQ(code, 0);
    EXPECT_EQ(connects_within_namespace(open_to_all.path()), 1);
}

}  // namespace connector_test
}  // namespace spineseg
