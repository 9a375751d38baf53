// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/worker_server.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

namespace spineseg {

namespace asio = boost::asio;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr auto kPause = std::chrono::milliseconds(50);

/// Runs `job` on the work executor and resumes with its value on the coroutine's own. A thrown exception
/// comes along.
template <typename Value, typename Job>
asio::awaitable<Value> on_work(const asio::any_io_executor& work, Job job) {
    auto initiate = [&work, &job](auto handler) {
        asio::post(work, [handler = std::move(handler), job = std::move(job)]() mutable {
            std::exception_ptr exception;
            Value value{};
            try {
                value = job();
            } catch (...) {
                exception = std::current_exception();
            }
            const auto home = asio::get_associated_executor(handler);
            asio::post(home, [handler = std::move(handler), exception, value = std::move(value)]() mutable {
                handler(exception, std::move(value));
            });
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Value)>(
        initiate, asio::use_awaitable);
}

}  // namespace

struct WorkerServer::Connection {
    Connection(Socket open, const SessionContext& context, std::uint64_t number, const ServerLimits& limits)
        : socket(std::move(open)),
          session(context, number),
          first(limits.hello_bytes),
          rest(limits.frame_bytes) {}

    Socket socket;
    WorkerSession session;    ///< touched on the work thread only
    wire::FrameParser first;  ///< until the Hello: a stranger may not make us buffer much
    wire::FrameParser rest;
    bool greeted = false;
    bool leased = false;  ///< the newest answer to a request for a lease
    FrameBudget::Frame frame;
    bool holds_lease = false;
    bool answering = false;  ///< the session works on a message
    std::chrono::steady_clock::time_point last_activity = std::chrono::steady_clock::now();
};

WorkerServer::WorkerServer(asio::io_context& io, asio::any_io_executor work, WorkerSocket socket,
                           SocketPlan plan, SessionContext context, ServerLimits limits)
    : io_(io),
      work_(std::move(work)),
      file_(std::move(socket)),
      plan_(std::move(plan)),
      context_(std::move(context)),
      limits_(limits),
      acceptor_(io, asio::local::stream_protocol(), file_.release()),
      pause_(io),
      watch_(io),
      frames_(limits.unfinished_bytes) {}

WorkerServer::~WorkerServer() = default;

void WorkerServer::report(const char* where, const std::exception_ptr& exception) {
    if (!exception) return;
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& e) {
        context_.log.error(std::string(where) + " ended: " + e.what());
    } catch (...) {
        context_.log.error(std::string(where) + " ended by something that is no exception");
    }
}

void WorkerServer::start() {
    asio::co_spawn(io_, accept_loop(), [this](const std::exception_ptr& e) { report("the accept loop", e); });
    asio::co_spawn(io_, watch_loop(),
                   [this](const std::exception_ptr& e) { report("the watch over connections", e); });
}

void WorkerServer::close() {
    closing_ = true;
    boost::system::error_code ignored;  // closing what is closed already is no news
    acceptor_.close(ignored);
    pause_.cancel();
    watch_.cancel();
    for (const auto& connection : connections_) connection->socket.close(ignored);
}

asio::awaitable<void> WorkerServer::accept_loop() {
    while (!closing_) {
        auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
        if (closing_ || error == asio::error::operation_aborted) co_return;
        if (!error) {
            admit(std::move(socket));
            continue;
        }
        // Out of descriptors, mostly: the listener stays, and tries again a little later.
        context_.log.error("a worker cannot be accepted: " + error.message());
        pause_.expires_after(std::chrono::milliseconds(500));
        co_await pause_.async_wait(kNoThrow);
    }
}

void WorkerServer::admit(Socket socket) {
    if (const auto allowed = check_peer(socket.native_handle(), plan_); !allowed) {
        context_.log.warning("a connection is closed: " + allowed.error().detail);
        return;
    }
    if (connections_.size() >= limits_.sessions && !make_room()) {
        context_.log.warning("a connection is closed: there are " + std::to_string(connections_.size()) +
                             " already");
        return;
    }
    auto connection = std::make_shared<Connection>(std::move(socket), context_, next_number_++, limits_);
    connections_.push_back(connection);
    asio::co_spawn(io_, serve(connection), [this, connection](const std::exception_ptr& e) {
        report("a worker's session", e);
        connections_.remove(connection);
    });
}

/// Closes the connection without a lease that has been silent for longest, if that is long. A worker that waits for
/// work asks every second.
bool WorkerServer::make_room() {
    const auto now = std::chrono::steady_clock::now();
    std::shared_ptr<Connection> silent;
    std::size_t open = 0;
    for (const auto& connection : connections_) {
        if (!connection->socket.is_open()) continue;  // on its way out
        ++open;
        const bool works = connection->holds_lease || connection->answering;
        if (works || now - connection->last_activity < limits_.idle) continue;
        if (!silent || connection->last_activity < silent->last_activity) silent = connection;
    }
    if (open < limits_.sessions) return true;
    if (!silent) return false;
    context_.log.warning("a worker's connection is closed: it says nothing, and its place is wanted");
    boost::system::error_code ignored;
    silent->socket.close(ignored);
    return true;
}

/// Closes connections that say nothing: their coroutine wakes up and ends by itself.
asio::awaitable<void> WorkerServer::watch_loop() {
    while (!closing_) {
        watch_.expires_after(std::min({limits_.hello, limits_.silence, limits_.frame}) / 4);
        co_await watch_.async_wait(kNoThrow);
        const auto now = std::chrono::steady_clock::now();
        for (const auto& connection : connections_) {
            const auto limit = connection->greeted ? limits_.silence : limits_.hello;
            const bool slow = is_too_slow(*connection);
            if ((now - connection->last_activity <= limit && !slow) || !connection->socket.is_open())
                continue;
            context_.log.warning(slow ? "a worker's connection is closed: its message takes too long"
                                      : "a worker's connection is closed: nothing was said for " +
                                            std::to_string(limit.count() / 1000) + " s");
            boost::system::error_code ignored;
            connection->socket.close(ignored);
        }
    }
}

asio::awaitable<void> WorkerServer::serve(std::shared_ptr<Connection> connection) {
    std::exception_ptr exception;
    try {
        co_await converse(*connection);
    } catch (...) {
        exception = std::current_exception();
    }
    boost::system::error_code ignored;
    connection->socket.close(ignored);
    frames_.end(connection->frame);
    co_await finish(*connection);
    if (exception) std::rethrow_exception(exception);
}

asio::awaitable<void> WorkerServer::finish(Connection& connection) {
    const auto how = closing_ ? SessionEnd::shutdown : SessionEnd::lost;
    auto end = [&connection, how] {
        connection.session.end(how);
        return true;
    };
    co_await on_work<bool>(work_, end);
}

asio::awaitable<SessionReply> WorkerServer::handle(Connection& connection, wire::Message message) {
    auto answer = [&connection, message = std::move(message)] { return connection.session.handle(message); };
    connection.answering = true;
    auto reply = co_await on_work<SessionReply>(work_, std::move(answer));
    connection.answering = false;
    co_return reply;
}

bool WorkerServer::is_too_slow(const Connection& connection) const {
    return connection.frame.bytes > 0 &&
           std::chrono::steady_clock::now() - connection.frame.begun > limits_.frame;
}

/// More of a frame, once there is room for it. False: the connection is over.
asio::awaitable<bool> WorkerServer::take_bytes(Connection& connection, wire::FrameParser& parser,
                                               std::span<std::uint8_t> buffer) {
    while (!frames_.admits(connection.frame, buffer.size())) {
        const auto before = std::chrono::steady_clock::now();
        asio::steady_timer pause(io_, kPause);
        co_await pause.async_wait(kNoThrow);
        if (!connection.socket.is_open()) co_return false;
        FrameBudget::wait(connection.frame, std::chrono::steady_clock::now() - before);
    }
    const auto [error, count] =
        co_await connection.socket.async_read_some(asio::buffer(buffer.data(), buffer.size()), kNoThrow);
    if (error) co_return false;
    connection.last_activity = std::chrono::steady_clock::now();
    frames_.add(connection.frame, count, connection.last_activity);
    parser.feed(buffer.first(count));
    if (connection.leased || connection.frame.bytes <= limits_.idle_frame_bytes) co_return true;
    context_.log.warning("a worker's connection is closed: a long message, and it holds no lease");
    co_return false;
}

asio::awaitable<void> WorkerServer::converse(Connection& connection) {
    std::vector<std::uint8_t> buffer(kReadBytes);
    for (;;) {
        wire::FrameParser& parser = connection.greeted ? connection.rest : connection.first;
        auto next = parser.next();
        SessionReply reply;
        if (!next) {
            context_.log.warning("a worker's connection is closed: " + next.error().describe());
            reply = {wire::Refused{next.error()}, true};
        } else if (!*next) {
            if (!co_await take_bytes(connection, parser, buffer)) co_return;
            continue;
        } else {
            frames_.end(connection.frame);
            reply = co_await handle(connection, std::move(**next));
            connection.holds_lease = reply.holds_lease;
            connection.greeted = connection.greeted || std::holds_alternative<wire::Welcome>(reply.message);
            if (std::holds_alternative<wire::LeaseGranted>(reply.message)) connection.leased = true;
            if (std::holds_alternative<wire::NoWork>(reply.message)) connection.leased = false;
        }
        const auto bytes = wire::encode(reply.message);
        connection.last_activity = std::chrono::steady_clock::now();
        const auto [error, written] =
            co_await asio::async_write(connection.socket, asio::buffer(bytes), kNoThrow);
        if (error || reply.close) co_return;
        connection.last_activity = std::chrono::steady_clock::now();
    }
}

}  // namespace spineseg
