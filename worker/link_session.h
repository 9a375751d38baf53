// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One connection to the plugin: requests and their replies in order, and what is pushed in between. For
/// link.cpp only. Everything runs on the io_context's one thread. A session that cannot go on throws
/// SessionEnded.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/wire/frame.h"

namespace spineseg {

/// The connection is gone or broken: nothing to do but to start another one.
struct SessionEnded : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// The plugin says that the job is no longer wanted. The session ends with it: after a pushed Cancel it would
/// be ambiguous which request the next reply answers.
struct JobCanceled : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Wakes a coroutine from elsewhere on the same thread. A call while nobody waits is remembered.
class WakeUp {
  public:
    explicit WakeUp(const boost::asio::any_io_executor& executor);
    void notify();
    /// Until notify() or `limit`, whichever is first.
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::duration limit);

  private:
    boost::asio::steady_timer timer_;
    bool notified_ = false;
};

class LinkSession {
  public:
    using Clock = std::chrono::steady_clock;

    LinkSession(const boost::asio::any_io_executor& executor, WakeUp& wake_up, Clock::duration reply_timeout);

    boost::asio::awaitable<void> connect(const std::filesystem::path& socket);
    /// Reads until the connection ends; run beside the loop, from connect() to close(). Never throws.
    boost::asio::awaitable<void> read();
    void close();

    /// Sends and waits for the one reply. JobCanceled when a Cancel comes instead or before.
    boost::asio::awaitable<wire::Message> ask(wire::Message request);
    boost::asio::awaitable<wire::Message> ask(wire::Message request, Clock::duration timeout);
    /// Throws what came between requests: a Cancel, the end of the connection, or a reply that nobody asked
    /// for.
    void check_unasked();

  private:
    void take(wire::Message message);
    boost::asio::local::stream_protocol::socket socket_;
    WakeUp& wake_up_;
    Clock::duration reply_timeout_;
    wire::FrameParser parser_;
    std::deque<wire::Message> replies_;
    std::optional<std::string> canceled_job_;
    std::optional<std::string> ended_;
};

}  // namespace spineseg
