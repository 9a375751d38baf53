// SPDX-License-Identifier: GPL-3.0-or-later
/// Against sockets of this process. Certificates, redirects and real answers: tests/plugin/orthanc/orthanc_webhooks_test.py.
#include "plugin/webhooks/curl_poster.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace spineseg {
namespace curl_poster_test {

using namespace std::chrono_literals;

/// Accepts connections, and answers the first with this text; an empty one: never.
class OneAnswer {
  public:
    explicit OneAnswer(std::string answer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(socket_, 4), 0);
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        if (!answer.empty()) thread_ = std::thread([this, answer] { serve(answer); });
    }
    ~OneAnswer() {
        ::shutdown(socket_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(socket_);
    }
    std::string url(const std::string& user = "") const {
        return "http://" + user + "127.0.0.1:" + std::to_string(port_) + "/x";
    }

  private:
    void serve(const std::string& answer) const {
        const int client = ::accept(socket_, nullptr, nullptr);
        if (client < 0) return;
        char request[4096];
        (void)!::read(client, request, sizeof request);
        for (std::size_t sent = 0; sent < answer.size();) {
            const auto count = ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) break;
            sent += static_cast<std::size_t>(count);
        }
        ::close(client);
    }
    int socket_;
    int port_ = 0;
    std::thread thread_;
};

TEST(CurlPoster, TheStatusIsTheAnswer) {
    const OneAnswer server("HTTP/1.1 418 I am a teapot\r\nContent-Length: 2\r\n\r\nhm");
    CurlPoster poster({});
    const auto status = poster.post({server.url(), {{"webhook-id", "1"}}, "{}"});
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_EQ(*status, 418);
}

TEST(CurlPoster, AServerThatIsNotThereOrNoWebServerIsAnErrorWithoutThePassword) {
    CurlPoster poster({});
    const OneAnswer garbage("garbage\r\n\r\n");
    for (const std::string& url :
         {std::string("http://user:PASSWORD@127.0.0.1:1/?TOKEN"), garbage.url("user:PASSWORD@"),
          std::string("file:///etc/passwd"), std::string("ftp://127.0.0.1/x")}) {
        const auto status = poster.post({url, {}, "{}"});
        ASSERT_FALSE(status) << url;
        EXPECT_FALSE(status.error().detail.empty());
        EXPECT_THAT(status.error().detail, testing::Not(testing::HasSubstr("PASSWORD")));
        EXPECT_THAT(status.error().detail, testing::Not(testing::HasSubstr("TOKEN")));
    }
}

TEST(CurlPoster, AnAnswerThatDoesNotEndIsBrokenOff) {
    const OneAnswer server("HTTP/1.1 200 OK\r\n\r\n" + std::string(10'000'000, 'x'));
    EXPECT_FALSE(CurlPoster({}).post({server.url(), {}, "{}"}));
}

TEST(CurlPoster, AServerThatKeepsSilentIsLeftAfterTheTime) {
    const OneAnswer server("");
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(CurlPoster({}, 300ms).post({server.url(), {}, "{}"}));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

TEST(CurlPoster, ACallUnderWayEndsSoonWhenThePluginStops) {
    const OneAnswer server("");
    CurlPoster poster({});
    std::thread stopper([&] {
        std::this_thread::sleep_for(200ms);
        poster.stop();
    });
    const auto begun = std::chrono::steady_clock::now();
    const auto status = poster.post({server.url(), {}, "{}"});
    stopper.join();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::canceled);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s) << "not the ten seconds of a call";
    EXPECT_EQ(poster.post({server.url(), {}, "{}"}).error().code, ErrorCode::canceled);
}

}  // namespace curl_poster_test
}  // namespace spineseg
