// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/lease_client.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "core/wire/frame.h"
#include "worker/daemon/local_clock.h"
#include "worker/daemon/log.h"

namespace spineseg {
namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::local::stream_protocol::socket;

namespace {

Result<JobProduct> run_guarded(JobRunner& runner, const JobInput& input, ActiveJob& job) {
    try {
        return runner.run(input, [&](const Progress& progress) { return job.report(progress); });
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "not enough memory for this series");
    } catch (const std::exception& error) {
        return failure(ErrorCode::internal, error.what());
    }
}

/// One connection. Handlers keep it alive, so that one that comes late finds the machine's connection
/// replaced.
struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    Socket socket;
    wire::FrameParser parser;
    std::array<std::uint8_t, 65536> buffer{};
};

}  // namespace

class LeaseClient::Loop {
  public:
    Loop(PluginConnection connect, LeaseOptions options, JobRunner& runner, ComputeThread& compute)
        : connect_(std::move(connect)), machine_(std::move(options)), runner_(runner), compute_(compute) {}

    void stop_on_signals() {
        signals_.emplace(io_, SIGTERM, SIGINT);
        signals_->async_wait([this](const error_code& error, int) {
            if (!error) perform(machine_.on_stop(now()));
        });
    }
    WorkerEnd run() {
        perform(machine_.on_start(now()));
        io_.run();
        return end_;
    }
    void stop() {
        asio::post(io_, [this] { perform(machine_.on_stop(now())); });
    }

  private:
    using Handle = std::shared_ptr<Connection>;
    static LeaseMachine::Instant now() { return std::chrono::steady_clock::now(); }

    void perform(const Effects& effects);
    void carry_out(const effect::Connect&);
    void carry_out(const effect::Disconnect&);
    void carry_out(const effect::Send& send);
    void carry_out(const effect::Compute& compute);
    void carry_out(const effect::Log& log);
    void carry_out(const effect::End& end);
    void read(const Handle& connection);
    void take_messages(const Handle& connection);
    void lost(const Handle& connection, const std::string& why);
    void set_timer();

    asio::io_context io_{1};
    PluginConnection connect_;
    LeaseMachine machine_;
    JobRunner& runner_;
    ComputeThread& compute_;
    asio::steady_timer timer_{io_};
    std::optional<asio::signal_set> signals_;
    Handle connection_;
    WorkerEnd end_ = WorkerEnd::in_order;
};

void LeaseClient::Loop::perform(const Effects& effects) {
    for (const auto& effect : effects) std::visit([this](const auto& e) { carry_out(e); }, effect);
    set_timer();
}

void LeaseClient::Loop::set_timer() {
    const auto wakes_at = machine_.wakes_at();
    timer_.cancel();
    if (!wakes_at) return;
    timer_.expires_at(*wakes_at);
    timer_.async_wait([this](const error_code& error) {
        if (!error) perform(machine_.on_time(now()));
    });
}

void LeaseClient::Loop::carry_out(const effect::Connect&) {
    connection_ = std::make_shared<Connection>(io_);
    const auto descriptor = connect_();
    std::string why = descriptor ? std::string() : descriptor.error().detail;
    if (descriptor) {
        error_code error;
        connection_->socket.assign(asio::local::stream_protocol(), *descriptor, error);
        if (error) why = "the connection cannot be used: " + error.message();
    }
    asio::post(io_, [this, connection = connection_, why = std::move(why)] {
        if (connection != connection_) return;
        if (!why.empty()) return lost(connection, why);
        perform(machine_.on_connected(now()));
        read(connection);
    });
}

void LeaseClient::Loop::carry_out(const effect::Disconnect&) {
    const auto connection = std::exchange(connection_, nullptr);
    if (!connection) return;
    error_code ignored;
    connection->socket.shutdown(Socket::shutdown_both, ignored);
    connection->socket.close(ignored);
}

void LeaseClient::Loop::carry_out(const effect::Send& send) {
    const auto bytes = std::make_shared<const std::vector<std::uint8_t>>(wire::encode(send.message));
    asio::async_write(connection_->socket, asio::buffer(*bytes),
                      [this, bytes, connection = connection_](const error_code& error, std::size_t) {
                          if (error) lost(connection, "cannot write to the plugin: " + error.message());
                      });
}

void LeaseClient::Loop::carry_out(const effect::Compute& compute) {
    compute.input->started = local_time_now();
    compute_.post([this, job = compute.job, input = compute.input] {
        auto product = std::make_shared<Result<JobProduct>>(run_guarded(runner_, *input, *job));
        asio::post(io_, [this, product] { perform(machine_.on_computed(std::move(*product), now())); });
    });
}

void LeaseClient::Loop::carry_out(const effect::Log& log) {
    write_log(log.level, log.text);
}

void LeaseClient::Loop::carry_out(const effect::End& end) {
    end_ = end.how;
    io_.stop();
}

void LeaseClient::Loop::read(const Handle& connection) {
    connection->socket.async_read_some(asio::buffer(connection->buffer),
                                       [this, connection](const error_code& error, std::size_t size) {
                                           if (connection != connection_) return;
                                           if (error)
                                               return lost(connection, "the plugin closed the connection");
                                           connection->parser.feed({connection->buffer.data(), size});
                                           take_messages(connection);
                                           if (connection == connection_) read(connection);
                                       });
}

void LeaseClient::Loop::take_messages(const Handle& connection) {
    while (connection == connection_) {
        auto message = connection->parser.next();
        if (!message) return lost(connection, message.error().describe());
        if (!*message) return;
        perform(machine_.on_message(std::move(**message), now()));
    }
}

void LeaseClient::Loop::lost(const Handle& connection, const std::string& why) {
    if (connection != connection_) return;
    perform(machine_.on_disconnected(why, now()));
}

LeaseClient::LeaseClient(PluginConnection connect, LeaseOptions options, JobRunner& runner,
                         ComputeThread& compute)
    : loop_(std::make_unique<Loop>(std::move(connect), std::move(options), runner, compute)) {}
LeaseClient::~LeaseClient() = default;
void LeaseClient::stop_on_signals() {
    loop_->stop_on_signals();
}
WorkerEnd LeaseClient::run() {
    return loop_->run();
}
void LeaseClient::stop() {
    loop_->stop();
}

}  // namespace spineseg
