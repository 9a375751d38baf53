// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/link_session.h"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>
#include <variant>

namespace spineseg {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

auto into(error_code& error) {
    return asio::redirect_error(asio::use_awaitable, error);
}

}  // namespace

WakeUp::WakeUp(const asio::any_io_executor& executor) : timer_(executor) {}

void WakeUp::notify() {
    notified_ = true;
    timer_.cancel();
}

asio::awaitable<void> WakeUp::wait(std::chrono::steady_clock::duration limit) {
    if (!std::exchange(notified_, false)) {
        timer_.expires_after(limit);
        error_code canceled;
        co_await timer_.async_wait(into(canceled));
        notified_ = false;
    }
}

LinkSession::LinkSession(const asio::any_io_executor& executor, WakeUp& wake_up,
                         Clock::duration reply_timeout)
    : socket_(executor), wake_up_(wake_up), reply_timeout_(reply_timeout) {}

asio::awaitable<void> LinkSession::connect(const std::filesystem::path& socket) {
    error_code error;
    // The constructor of an endpoint throws for a path longer than sockaddr_un: the caller's loop reports it.
    co_await socket_.async_connect(asio::local::stream_protocol::endpoint(socket.string()), into(error));
    if (error) throw SessionEnded("cannot connect to " + socket.string() + ": " + error.message());
}

asio::awaitable<void> LinkSession::read() {
    std::array<std::uint8_t, 65536> buffer;
    while (!ended_) {
        error_code error;
        const std::size_t size = co_await socket_.async_read_some(asio::buffer(buffer), into(error));
        if (error) {
            if (!ended_) ended_ = "the plugin closed the connection";
            break;
        }
        parser_.feed({buffer.data(), size});
        for (;;) {
            auto message = parser_.next();
            if (!message) {
                ended_ = message.error().describe();
                break;
            }
            if (!*message) break;
            take(std::move(**message));
        }
    }
    wake_up_.notify();
}

void LinkSession::take(wire::Message message) {
    if (const auto* cancel = std::get_if<wire::Cancel>(&message))
        canceled_job_ = cancel->job;
    else if (replies_.empty())
        replies_.push_back(std::move(message));
    else
        ended_ = "the plugin sent a reply to nothing";
    wake_up_.notify();
}

void LinkSession::close() {
    if (!ended_) ended_ = "closed";
    error_code ignored;
    socket_.shutdown(asio::local::stream_protocol::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

asio::awaitable<wire::Message> LinkSession::ask(wire::Message request) {
    return ask(std::move(request), reply_timeout_);
}

asio::awaitable<wire::Message> LinkSession::ask(wire::Message request, Clock::duration timeout) {
    check_unasked();
    const auto bytes = wire::encode(request);
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(bytes), into(error));
    if (error) throw SessionEnded("cannot write to the plugin: " + error.message());
    const auto deadline = Clock::now() + timeout;
    while (replies_.empty() && !canceled_job_ && !ended_) {
        const auto left = deadline - Clock::now();
        if (left <= Clock::duration::zero()) throw SessionEnded("the plugin did not answer in time");
        co_await wake_up_.wait(left);
    }
    if (canceled_job_) throw JobCanceled(*canceled_job_);
    if (replies_.empty()) throw SessionEnded(*ended_);
    wire::Message reply = std::move(replies_.front());
    replies_.pop_front();
    co_return reply;
}

void LinkSession::check_unasked() {
    if (canceled_job_) throw JobCanceled(*canceled_job_);
    if (!replies_.empty()) throw SessionEnded("the plugin sent a reply to nothing");
    if (ended_) throw SessionEnded(*ended_);
}

}  // namespace spineseg
