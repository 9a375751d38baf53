// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/service/event_thread.h"

#include <exception>

namespace spineseg {

EventThread::EventThread(std::string name, Log& log)
    : name_(std::move(name)), log_(log), guard_(boost::asio::make_work_guard(context_)) {}

EventThread::~EventThread() {
    stop();
}

void EventThread::start() {
    thread_ = std::thread([this] { run(); });
}

void EventThread::stop() {
    guard_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

void EventThread::run() {
    for (;;) {
        try {
            context_.run();
            return;
        } catch (const std::exception& e) {
            log_.error("a step of the " + name_ + " thread failed: " + e.what());
        } catch (...) {
            log_.error("a step of the " + name_ + " thread failed");
        }
    }
}

}  // namespace spineseg
