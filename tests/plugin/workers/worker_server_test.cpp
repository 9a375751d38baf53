// SPDX-License-Identifier: GPL-3.0-or-later
// Memory and time that unfinished messages may take, over a real socket.
#include "plugin/workers/worker_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "plugin/service/event_thread.h"
#include "plugin/service/io_loop.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace worker_server_test {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class Peer {
  public:
    explicit Peer(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() { ::close(descriptor_); }

    void greet() {
        const auto hello = wire::encode(wire::Hello{wire::kProtocolVersion, "peer", "0", "m", "d1"});
        push(hello, milliseconds(1000));
        EXPECT_TRUE(wait_for(POLLIN, milliseconds(5000)));
        std::uint8_t buffer[4096];
        EXPECT_GT(::recv(descriptor_, buffer, sizeof buffer, 0), 0);
    }
    /// The bytes that the other side took within that time.
    std::size_t push(std::span<const std::uint8_t> bytes, milliseconds patience) {
        std::size_t sent = 0;
        const auto deadline = Clock::now() + patience;
        while (sent < bytes.size() && Clock::now() < deadline) {
            const auto count =
                ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count > 0) sent += static_cast<std::size_t>(count);
            if (count < 0 && errno != EAGAIN) return sent;
            if (count < 0) wait_for(POLLOUT, milliseconds(20));
        }
        return sent;
    }
    bool is_hung_up_within(milliseconds patience) {
        const auto deadline = Clock::now() + patience;
        std::uint8_t byte = 0;
        while (Clock::now() < deadline)
            if (wait_for(POLLIN, milliseconds(20)) && ::recv(descriptor_, &byte, 1, MSG_DONTWAIT) == 0)
                return true;
        return false;
    }

  private:
    bool wait_for(short event, milliseconds patience) {
        pollfd wanted{descriptor_, event, 0};
        return ::poll(&wanted, 1, static_cast<int>(patience.count())) > 0;
    }
    int descriptor_;
};

/// The beginning of a message of `announced` bytes.
std::vector<std::uint8_t> beginning(std::uint32_t announced, std::size_t bytes) {
    std::vector<std::uint8_t> frame(bytes, 'x');
    for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<std::uint8_t>(announced >> (8 * i));
    for (std::size_t i = 4; i < 8; ++i) frame[i] = 0;
    return frame;
}

class WorkerServerTest : public testing::Test {
  protected:
    void start(const ServerLimits& limits) {
        ASSERT_TRUE(slot.open());
        auto listening = WorkerSocket::listen(plan);
        ASSERT_TRUE(listening) << listening.error().describe();
        auto server = std::make_unique<WorkerServer>(
            io_thread.context(), work_thread.context().get_executor(), std::move(*listening), plan,
            SessionContext{slot, archive, intake, delivery, registry, log, {}}, limits);
        loop = std::make_unique<IoLoop>(io_thread, std::move(server), [] {});
        work_thread.start();
        loop->start();
    }
    ~WorkerServerTest() override {
        if (!loop) return;
        loop->close();
        loop->wait_for_sessions(milliseconds(2000));
        work_thread.stop();
        io_thread.stop();
    }

    TemporaryFolder folder;
    const SocketPlan plan{folder.file("s"), 0600, "", {}};
    FakeArchive archive;
    ListLog log;
    Intake intake{archive, EligibilityRules::shipped(), {}, log};
    Delivery delivery{archive, log, {}};
    WorkerRegistry registry;
    ReopeningStore slot{folder.file("queue.db")};
    EventThread io_thread{"I/O", log};
    EventThread work_thread{"work", log};
    std::unique_ptr<IoLoop> loop;
};

TEST_F(WorkerServerTest, AMessageThatDoesNotEndIsClosedAfterItsTime) {
    ServerLimits limits;
    limits.frame = milliseconds(300);
    start(limits);
    Peer slow(plan.path), idle(plan.path);
    slow.greet();
    idle.greet();
    slow.push(beginning(1000, 100), milliseconds(1000));
    EXPECT_TRUE(slow.is_hung_up_within(milliseconds(5000)));
    EXPECT_FALSE(idle.is_hung_up_within(milliseconds(100)));
    EXPECT_NE(log.text().find("takes too long"), std::string::npos);
}

TEST_F(WorkerServerTest, WithoutALeaseNobodySendsALongMessage) {
    ServerLimits limits;
    limits.idle_frame_bytes = 1 << 20;
    start(limits);
    Peer peer(plan.path);
    peer.greet();
    peer.push(beginning(64 << 20, 8 << 20), milliseconds(2000));
    EXPECT_TRUE(peer.is_hung_up_within(milliseconds(5000)));
}

/// Three sessions with unfinished messages of 380 MiB took Orthanc from 31 to 1,224 MiB.
TEST_F(WorkerServerTest, UnfinishedMessagesShareOneBudget) {
    constexpr std::size_t kMessage = 8 << 20;
    ServerLimits limits;
    limits.idle_frame_bytes = 4 * kMessage;
    limits.unfinished_bytes = 1 << 20;
    start(limits);
    Peer first(plan.path), second(plan.path), third(plan.path);
    for (auto* peer : {&first, &second, &third}) peer->greet();
    const auto part = beginning(4 * kMessage, kMessage);
    EXPECT_EQ(first.push(part, milliseconds(20000)), kMessage) << "the oldest goes on";
    const auto taken = second.push(part, milliseconds(500)) + third.push(part, milliseconds(500));
    EXPECT_LT(taken, 3U << 20) << "what the sockets themselves hold, and the first read";
    first.push(beginning(4 * kMessage, 4 * kMessage - kMessage + 4), milliseconds(20000));
    EXPECT_GT(second.push(part, milliseconds(20000)), std::size_t{2} << 20) << "room again";
}

}  // namespace worker_server_test
}  // namespace spineseg
