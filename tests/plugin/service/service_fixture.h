// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The service with its threads, over a real Unix socket, a real database and an archive in memory.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "core/wire/frame.h"
#include "plugin/service/service.h"
#include "tests/plugin/archive/fake_archive.h"
#include "tests/plugin/result_gate/open_gate.h"

namespace spineseg {

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
    bool comes_true(const std::function<bool()>& what,
                    std::chrono::milliseconds patience = std::chrono::milliseconds(8000)) {
        for (const auto deadline = std::chrono::steady_clock::now() + patience;
             std::chrono::steady_clock::now() < deadline;) {
            if (what()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
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

}  // namespace spineseg
