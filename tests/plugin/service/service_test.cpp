// SPDX-License-Identifier: GPL-3.0-or-later
// The service with its threads, over a real Unix socket, a real database and an archive in memory.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "plugin/workers/worker_socket.h"
#include "tests/plugin/service/service_fixture.h"

namespace spineseg {
namespace service_test {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

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
    archive.set_out_of_order(Error{ErrorCode::archive_unavailable, "away"});
    service->series_is_stable(one);
    ASSERT_TRUE(comes_true([&] { return log.text().find("is not judged yet") != std::string::npos; }));
    archive.set_out_of_order({});
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
