// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "tests/worker/daemon/one_segmentation.h"
#include "worker/daemon/lease_machine.h"

namespace spineseg::testing {

/// A machine whose events come from the test, and what it wanted done since the last event.
class LeaseMachineTest : public ::testing::Test {
  protected:
    LeaseMachine& machine() {
        if (!machine_) machine_.emplace(options_);
        return *machine_;
    }
    void start() { take(machine().on_start(now_)); }
    void connect() {
        start();
        take(machine().on_connected(now_));
    }
    void greet() {
        connect();
        reply(wire::Welcome{});
        reply(wire::Ack{});  // of the device's report
    }
    void lease(int instances = 2, std::int64_t lease_ms = 40'000) {
        wire::LeaseGranted granted;
        granted.job = "job-1";
        granted.epoch = 7;
        granted.lease_ms = lease_ms;
        granted.request.seed = 77;
        for (int i = 0; i < instances; ++i) granted.instances.push_back("instance-" + std::to_string(i));
        reply(granted);
    }
    /// To the moment at which the compute thread has the job.
    void begin_computing(std::int64_t lease_ms = 40'000) {
        greet();
        lease(1, lease_ms);
        reply(wire::InstanceBytes{"job-1", 0, {1, 9}});
        ASSERT_TRUE(compute_);
    }
    void reply(wire::Message message) { take(machine().on_message(std::move(message), now_)); }
    void computed(Result<JobProduct> product) { take(machine().on_computed(std::move(product), now_)); }
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        take(machine().on_time(now_));
    }
    void take(Effects effects) {
        sent_.reset();
        connects_ = disconnects_ = false;
        for (auto& effect : effects) {
            connects_ |= std::holds_alternative<effect::Connect>(effect);
            disconnects_ |= std::holds_alternative<effect::Disconnect>(effect);
            if (auto* send = std::get_if<effect::Send>(&effect)) sent_ = std::move(send->message);
            if (auto* compute = std::get_if<effect::Compute>(&effect)) compute_ = *compute;
            if (auto* log = std::get_if<effect::Log>(&effect)) log_ += log->text + "\n";
            if (auto* end = std::get_if<effect::End>(&effect)) end_ = end->how;
        }
    }
    template <typename T>
    const T* sent() const {
        return sent_ ? std::get_if<T>(&*sent_) : nullptr;
    }

    LeaseOptions options_{.worker = "test",
                          .version = "1",
                          .model_id = "m",
                          .model_digest = "digest",
                          .device = "cpu",
                          .precision = "float32",
                          .self_test = {}};
    std::optional<LeaseMachine> machine_;
    LeaseMachine::Instant now_{std::chrono::seconds(1000)};
    std::optional<wire::Message> sent_;
    std::optional<effect::Compute> compute_;
    std::optional<WorkerEnd> end_;
    std::string log_;
    bool connects_ = false;
    bool disconnects_ = false;
};

}  // namespace spineseg::testing
