// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Accepts workers and moves bytes between their sockets and their sessions. Lives on the I/O thread, which
/// never blocks: what a session does (SQLite, Orthanc) runs on the work executor and its reply comes back
/// here.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <span>

#include "core/wire/frame.h"
#include "plugin/workers/frame_budget.h"
#include "plugin/workers/worker_session.h"
#include "plugin/workers/worker_socket.h"

namespace spineseg {

struct ServerLimits {
    std::size_t sessions = 8;
    std::size_t hello_bytes = 64 * 1024;                  ///< largest frame before the Hello
    std::size_t frame_bytes = wire::kMaxFrameBytes;       ///< largest frame afterwards
    std::size_t idle_frame_bytes = std::size_t{8} << 20;  ///< largest frame of one that holds no lease
    /// Of unfinished frames of all connections together. Beyond it only the frame that began first is read on.
    std::size_t unfinished_bytes = wire::kMaxFrameBytes / 2;
    std::chrono::milliseconds frame{60'000};  ///< from a frame's first byte to its last
    std::chrono::milliseconds hello{10'000};  ///< a connection that does not say Hello is closed
    std::chrono::milliseconds silence{
        130'000};  ///< one that says nothing more is closed: twice the lease and some
    /// Where all places are taken, one that has no lease and said nothing for this long makes room.
    std::chrono::milliseconds idle{5'000};
};

class WorkerServer {
  public:
    /// `socket` must listen. `io` and `work` outlive the server, and the server outlives their handlers.
    WorkerServer(boost::asio::io_context& io, boost::asio::any_io_executor work, WorkerSocket socket,
                 SocketPlan plan, SessionContext context, ServerLimits limits);
    ~WorkerServer();

    /// Begins to accept. I/O thread or before it runs.
    void start();
    /// Closes everything; leases go back without burning an attempt. I/O thread.
    void close();
    /// Connections that are not finished yet, their leases included. I/O thread.
    std::size_t open_connections() const { return connections_.size(); }

  private:
    using Socket = boost::asio::local::stream_protocol::socket;
    struct Connection;

    boost::asio::awaitable<void> accept_loop();
    boost::asio::awaitable<void> watch_loop();
    boost::asio::awaitable<void> serve(std::shared_ptr<Connection> connection);
    boost::asio::awaitable<void> converse(Connection& connection);
    boost::asio::awaitable<SessionReply> handle(Connection& connection, wire::Message message);
    boost::asio::awaitable<void> finish(Connection& connection);
    boost::asio::awaitable<bool> take_bytes(Connection& connection, wire::FrameParser& parser,
                                            std::span<std::uint8_t> buffer);
    bool is_too_slow(const Connection& connection) const;
    void admit(Socket socket);
    bool make_room();
    void report(const char* where, const std::exception_ptr& exception);

    boost::asio::io_context& io_;
    boost::asio::any_io_executor work_;
    WorkerSocket file_;
    const SocketPlan plan_;
    SessionContext context_;
    const ServerLimits limits_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer watch_;
    std::list<std::shared_ptr<Connection>> connections_;  ///< shared with the coroutine that serves each
    std::uint64_t next_number_ = 1;
    FrameBudget frames_;
    bool closing_ = false;
};

}  // namespace spineseg
