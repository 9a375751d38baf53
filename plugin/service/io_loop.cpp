// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/service/io_loop.h"

#include <future>
#include <utility>

#include "plugin/workers/worker_server.h"

namespace spineseg {
namespace {

constexpr auto kTick = std::chrono::milliseconds(1000);
constexpr auto kPollSessions = std::chrono::milliseconds(5);

}  // namespace

IoLoop::IoLoop(EventThread& thread, std::unique_ptr<WorkerServer> server, std::function<void()> on_tick)
    : thread_(thread), on_tick_(std::move(on_tick)), timer_(thread.context()), server_(std::move(server)) {}

IoLoop::~IoLoop() = default;

void IoLoop::start() {
    thread_.post([this] {
        io_.assert_here();
        server_->start();
        tick();
    });
    thread_.start();
}

void IoLoop::close() {
    thread_.post([this] {
        io_.assert_here();
        closed_ = true;
        timer_.cancel();
        server_->close();
    });
}

bool IoLoop::wait_for_sessions(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        std::promise<std::size_t> count;
        auto answer = count.get_future();
        thread_.post([this, &count] {
            io_.assert_here();
            count.set_value(server_->open_connections());
        });
        if (answer.get() == 0) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(kPollSessions);
    }
}

void IoLoop::tick() {
    if (closed_) return;
    on_tick_();
    timer_.expires_after(kTick);
    timer_.async_wait([this](const boost::system::error_code& error) {
        io_.assert_here();
        if (!error) tick();
    });
}

}  // namespace spineseg
