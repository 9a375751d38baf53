// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One thread that runs steps in the order in which they were posted, by Asio. A step that throws is a defect of ours:
/// it is logged, and the thread goes on.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>
#include <utility>

#include "plugin/log/log.h"

namespace spineseg {

class EventThread {
  public:
    /// `name` is for the log.
    EventThread(std::string name, Log& log);
    ~EventThread();
    EventThread(const EventThread&) = delete;
    EventThread& operator=(const EventThread&) = delete;

    boost::asio::io_context& context() { return context_; }
    /// Any thread; before start() too.
    template <typename Step>
    void post(Step step) {
        boost::asio::post(context_, std::move(step));
    }
    void start();
    /// Ends after the present step; what is posted and did not run is dropped. Not from the thread itself. Idempotent.
    void stop();

  private:
    void run();

    const std::string name_;
    Log& log_;
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
    std::thread thread_;
};

}  // namespace spineseg
