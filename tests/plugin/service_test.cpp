// SPDX-License-Identifier: GPL-3.0-or-later
// The service with its threads, over a real Unix socket, a real database and an archive in memory.
#include "plugin/service.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/wire/frame.h"
#include "plugin/worker_socket.h"
#include "tests/plugin/fake_archive.h"
#include "tests/plugin/open_gate.h"

namespace spineseg {
namespace service_test {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A client of the socket that may say anything, and hears what comes back.
class RawClient {
  public:
    explicit RawClient(const std::string& path)
        : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        const timeval patience{5, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { ::close(descriptor_); }

    bool connected() const { return connected_; }
    void send(std::span<const std::uint8_t> bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        }
    }
    void send(const wire::Message& message) { send(wire::encode(message)); }
    /// nullopt when the server hangs up or keeps silent.
    std::optional<wire::Message> receive() {
        for (;;) {
            auto next = parser_.next();
            if (!next) return std::nullopt;
            if (*next) return std::move(**next);
            std::uint8_t buffer[65536];
            const auto count = ::recv(descriptor_, buffer, sizeof buffer, 0);
            if (count <= 0) return std::nullopt;
            parser_.feed({buffer, static_cast<std::size_t>(count)});
        }
    }
    std::optional<wire::Message> ask(const wire::Message& message) {
        send(message);
        return receive();
    }
    template <typename Wanted>
    std::optional<Wanted> ask_for(const wire::Message& message) {
        auto reply = ask(message);
        if (!reply || !std::holds_alternative<Wanted>(*reply)) return std::nullopt;
        return std::get<Wanted>(std::move(*reply));
    }
    bool greet(const std::string& digest = "d1") {
        return ask_for<wire::Welcome>(wire::Hello{wire::kProtocolVersion, "raw", "0", "m", digest})
            .has_value();
    }

  private:
    int descriptor_;
    bool connected_ = false;
    wire::FrameParser parser_;
};

class ServiceTest : public testing::Test {
  protected:
    void create(const std::function<void(Settings&)>& change = [](Settings&) {}) {
        auto settings = *Settings::parse("", folder.file(""));
        change(settings);
        auto created = Service::create({.archive = archive,
                                        .log = log,
                                        .settings = settings,
                                        .rules = EligibilityRules::shipped(),
                                        .stable_age = std::chrono::seconds(1),
                                        .version = "test",
                                        .archive_version = [] { return std::string("fake"); },
                                        .publish = {},
                                        .gate = &gate});
        ASSERT_TRUE(created) << created.error().describe();
        service = std::move(*created);
        socket = settings.socket;
    }
    void start(const std::function<void(Settings&)>& change = [](Settings&) {}) {
        create(change);
        service->start();
    }
    nlohmann::json get(const std::string& path) {
        return nlohmann::json::parse(service->answer({HttpMethod::get, path, {}, {}}).body);
    }
    bool comes_true(const std::function<bool()>& what, milliseconds patience = milliseconds(8000)) {
        for (const auto deadline = Clock::now() + patience; Clock::now() < deadline;) {
            if (what()) return true;
            std::this_thread::sleep_for(milliseconds(10));
        }
        return what();
    }
    std::string state_of(const std::string& series) {
        return get("/spineseg/series/" + series).value("State", "none");
    }
    wire::LeaseGranted queue_and_lease(RawClient& client) {
        archive.put(lumbar_series(one));
        service->series_is_stable(one);
        EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
        auto lease = client.ask_for<wire::LeaseGranted>(wire::LeaseRequest{});
        EXPECT_TRUE(lease);
        return lease.value_or(wire::LeaseGranted{});
    }

    TemporaryFolder folder;
    FakeArchive archive;
    OpenResultGate gate;
    ListLog log;
    std::unique_ptr<Service> service;
    std::string socket;
    const std::string one = orthanc_id('1');
};

TEST_F(ServiceTest, AStableSeriesReachesAWorkerAndComesBackDone) {
    start();
    RawClient client(socket);
    ASSERT_TRUE(client.greet());
    const auto lease = queue_and_lease(client);
    const auto bytes = client.ask_for<wire::InstanceBytes>(wire::FetchInstance{lease.job, lease.epoch, 0});
    ASSERT_TRUE(bytes);
    EXPECT_EQ(std::string(bytes->dicom.begin(), bytes->dicom.end()), lease.instances[0]);
    ASSERT_TRUE(client.ask_for<wire::Stored>(wire::StoreResult{lease.job, lease.epoch, {}, {'a'}}));
    ASSERT_TRUE(client.ask_for<wire::Ack>(wire::Complete{lease.job, lease.epoch, {}}));
    EXPECT_EQ(state_of(one), "done");
}

TEST_F(ServiceTest, EventsBeforeTheStartWaitAndNothingCallsTheArchiveUntilThen) {
    create();
    archive.put(lumbar_series(one));
    service->series_is_stable(one);
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(archive.series_calls, 0);
    service->start();
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
}

TEST_F(ServiceTest, GarbageHalfFramesAndGiantLengthsCloseThatSessionOnly) {
    start();
    RawClient good(socket);
    ASSERT_TRUE(good.greet());
    const std::vector<std::vector<std::uint8_t>> stories{
        {'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P', '/', '1', '.', '1', '\r', '\n'},
        {0xFF, 0xFF, 0xFF, 0xFF, 0x04, 0x00, 0x00, 0x00},  // 4 GiB announced
        {0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00},  // more than a stranger may say before the Hello
        {0x06, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, '[', ']'},
    };
    for (const auto& story : stories) {
        RawClient bad(socket);
        bad.send(story);
        const auto reply = bad.receive();
        ASSERT_TRUE(reply);
        ASSERT_TRUE(std::holds_alternative<wire::Refused>(*reply));
        EXPECT_EQ(std::get<wire::Refused>(*reply).error.code, ErrorCode::protocol_violation);
        EXPECT_FALSE(bad.receive());
    }
    {
        RawClient half(socket);
        half.send(std::vector<std::uint8_t>{0x10, 0x00});
    }
    EXPECT_TRUE(good.ask_for<wire::NoWork>(wire::LeaseRequest{}));
}

TEST_F(ServiceTest, GarbageInTheMiddleOfAJobReturnsTheJob) {
    start([](Settings& s) { s.retry_backoff = {std::chrono::seconds(0)}; });
    {
        RawClient client(socket);
        ASSERT_TRUE(client.greet());
        queue_and_lease(client);
        client.send(std::vector<std::uint8_t>(64, 0xFF));
        ASSERT_TRUE(std::holds_alternative<wire::Refused>(*client.receive()));
    }
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
    EXPECT_EQ(get("/spineseg/series/" + one)["Job"]["Attempts"], 1);
}

TEST_F(ServiceTest, AFrameThatComesByteByByteIsUnderstood) {
    start();
    RawClient client(socket);
    const auto hello = wire::encode(wire::Hello{wire::kProtocolVersion, "slow", "0", "m", "d"});
    for (const auto byte : hello) client.send(std::span(&byte, 1));
    EXPECT_TRUE(std::holds_alternative<wire::Welcome>(*client.receive()));
}

TEST_F(ServiceTest, AProbeIsWelcomedAndHungUpOnWhileTheWorkersGoOn) {
    start();
    RawClient worker(socket);
    ASSERT_TRUE(worker.greet());
    RawClient probe(socket);
    const auto welcome = probe.ask_for<wire::Welcome>(wire::Hello{.protocol = wire::kProbeVersion});
    ASSERT_TRUE(welcome);
    EXPECT_EQ(welcome->plugin_version, "test");
    EXPECT_FALSE(probe.receive());
    EXPECT_TRUE(worker.ask_for<wire::NoWork>(wire::LeaseRequest{}));
    EXPECT_EQ(get("/spineseg/health")["Workers"].size(), 1U);
}

TEST_F(ServiceTest, AnotherVersionIsRefusedInWords) {
    start();
    RawClient client(socket);
    const auto refused = client.ask_for<wire::Refused>(wire::Hello{99, "future", "9", "m", "d"});
    ASSERT_TRUE(refused);
    EXPECT_NE(refused->error.detail.find("protocol"), std::string::npos);
    EXPECT_FALSE(client.receive());
}

TEST_F(ServiceTest, AWorkerThatVanishesGivesItsJobBack) {
    start([](Settings& s) { s.retry_backoff = {std::chrono::seconds(0)}; });
    {
        RawClient client(socket);
        ASSERT_TRUE(client.greet());
        queue_and_lease(client);
        EXPECT_EQ(state_of(one), "running");
    }
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
    EXPECT_TRUE(comes_true([&] { return get("/spineseg/health")["Workers"].empty(); }));
}

TEST_F(ServiceTest, ALeaseThatIsNotRenewedExpires) {
    start([](Settings& s) {
        s.lease = std::chrono::seconds(1);
        s.retry_backoff = {std::chrono::seconds(0)};
    });
    RawClient client(socket);
    ASSERT_TRUE(client.greet());
    const auto lease = queue_and_lease(client);
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
    const auto refused = client.ask_for<wire::Refused>(wire::Renew{lease.job, lease.epoch, {}, 1});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->error.code, ErrorCode::stale_lease);
}

TEST_F(ServiceTest, OnlySoManyWorkersMayConnect) {
    start();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<RawClient>(socket));
        ASSERT_TRUE(clients.back()->greet());
    }
    RawClient ninth(socket);
    EXPECT_FALSE(ninth.greet());
    clients.pop_back();
    EXPECT_TRUE(comes_true([&] { return RawClient(socket).greet(); }));
}

TEST_F(ServiceTest, StopIsQuickAndHandsLeasesBack) {
    start();
    RawClient client(socket);
    ASSERT_TRUE(client.greet());
    const auto lease = queue_and_lease(client);
    const auto begun = Clock::now();
    service->stop();
    EXPECT_LT(Clock::now() - begun, milliseconds(5000));  // a second, and room for a busy machine
    EXPECT_FALSE(client.ask(wire::LeaseRequest{}));
    const auto job = get("/spineseg/jobs/" + lease.job);
    EXPECT_EQ(job["State"], "queued");
    EXPECT_EQ(job["Attempts"], 0);
    service.reset();
    EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(ServiceTest, StopBeforeStartAndTwiceIsHarmless) {
    create();
    service->stop();
    service->stop();
    service->start();
    service->series_is_stable(one);
}

TEST_F(ServiceTest, ADatabaseThatComesBackIsUsedAndNoSeriesIsForgotten) {
    // The database's place is taken by a folder until somebody mends it.
    std::filesystem::create_directory(folder.file("spineseg.db"));
    start();
    EXPECT_EQ(service->answer({HttpMethod::get, "/spineseg/jobs", {}, {}}).status, 503);
    archive.put(lumbar_series(one));
    service->series_is_stable(one);
    ASSERT_TRUE(comes_true([&] { return log.text().find("is not judged yet") != std::string::npos; }));
    std::filesystem::remove(folder.file("spineseg.db"));
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }, milliseconds(20'000)));
}

TEST_F(ServiceTest, AnArchiveThatIsAwayForAMomentIsAskedAgain) {
    start();
    archive.put(lumbar_series(one));
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    service->series_is_stable(one);
    ASSERT_TRUE(comes_true([&] { return log.text().find("is not judged yet") != std::string::npos; }));
    archive.out_of_order.reset();
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
}

TEST_F(ServiceTest, WhatArrivedWhileNobodyListenedIsFoundAtTheNextStart) {
    start();
    ASSERT_TRUE(comes_true([&] { return std::filesystem::exists(folder.file("spineseg.db")); }));
    std::this_thread::sleep_for(milliseconds(100));
    service.reset();
    archive.put(lumbar_series(one));
    archive.log_change("NewSeries", one);  // and Orthanc died before it was stable
    start();
    EXPECT_TRUE(comes_true([&] { return state_of(one) == "queued"; }));
}

TEST_F(ServiceTest, AWorkerIsAnsweredBeforeAHundredSeriesAreJudged) {
    start();
    RawClient client(socket);
    ASSERT_TRUE(client.greet());
    for (int i = 0; i < 100; ++i) {
        auto id = orthanc_id('1');
        id.replace(0, 3, std::to_string(100 + i));
        archive.put(lumbar_series(id));
        service->series_is_stable(id);
    }
    ASSERT_TRUE(client.ask(wire::LeaseRequest{}));
    const auto jobs = [&] { return get("/spineseg/jobs").size(); };
    EXPECT_LT(jobs(), 100u);
    EXPECT_TRUE(comes_true([&] { return jobs() == 100; }, milliseconds(60'000)));
}

TEST(WorkerSocket, AStaleFileIsRemovedAndALiveOneIsNot) {
    const TemporaryFolder folder;
    const SocketPlan plan{folder.file("s"), 0600, "", {}};
    {
        auto first = WorkerSocket::listen(plan);
        ASSERT_TRUE(first) << first.error().describe();
        const auto second = WorkerSocket::listen(plan);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::invalid_configuration);
        EXPECT_NE(second.error().detail.find("another server"), std::string::npos);
        // As a crash leaves it: the file stays, nobody listens.
        std::filesystem::create_hard_link(folder.file("s"), folder.file("kept"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
    std::filesystem::rename(folder.file("kept"), folder.file("s"));
    EXPECT_TRUE(WorkerSocket::listen(plan));
}

TEST(WorkerSocket, AFileThatIsNoSocketIsNeverRemoved) {
    const TemporaryFolder folder;
    std::ofstream(folder.file("s")) << "precious";
    const auto socket = WorkerSocket::listen({folder.file("s"), 0600, "", {}});
    ASSERT_FALSE(socket);
    EXPECT_NE(socket.error().detail.find("no socket"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(folder.file("s")));
}

TEST(WorkerSocket, TheModeIsAsThePlanSays) {
    const TemporaryFolder folder;
    const auto socket = WorkerSocket::listen({folder.file("s"), 0620, "", {}});
    ASSERT_TRUE(socket);
    struct stat info {};
    ASSERT_EQ(::stat(folder.file("s").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0620u);
}

TEST(WorkerSocket, AnUnknownUserOrGroupAndALongPathAreWrongConfiguration) {
    const TemporaryFolder folder;
    EXPECT_FALSE(WorkerSocket::listen({folder.file("s"), 0600, "no-such-group-here", {}}));
    EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
    EXPECT_FALSE(WorkerSocket::listen({folder.file("s"), 0600, "", {"no-such-user-here"}}));
    EXPECT_FALSE(WorkerSocket::listen({folder.file(std::string(200, 's')), 0600, "", {}}));
    EXPECT_FALSE(WorkerSocket::listen({folder.file("no/such/folder"), 0600, "", {}}));
}

}  // namespace service_test
}  // namespace spineseg
