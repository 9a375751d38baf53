// SPDX-License-Identifier: GPL-3.0-or-later
/// How the worker's side of the protocol ends: told to stop, without a connection, with a plugin that is silent.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "tests/worker/daemon/lease_machine_fixture.h"

namespace spineseg {
namespace lease_machine_ends_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::one_segmentation;
using LeaseMachineEnds = testing::LeaseMachineTest;

TEST_F(LeaseMachineEnds, StoppedWhileComputingItHandsTheLeaseBack) {
    begin_computing();
    take(machine().on_stop(now_));
    EXPECT_TRUE(compute_->job->abandoned());
    EXPECT_FALSE(end_);
    computed(failure(ErrorCode::canceled, "told to stop"));
    ASSERT_TRUE(sent<wire::Release>());
    EXPECT_EQ(sent<wire::Release>()->epoch, 7);
    reply(wire::Ack{});
    EXPECT_EQ(end_, WorkerEnd::in_order);
}

TEST_F(LeaseMachineEnds, StoppedWhileFetchingItHandsTheLeaseBack) {
    greet();
    lease(2);
    take(machine().on_stop(now_));
    EXPECT_FALSE(end_) << "the reply is still to come";
    reply(wire::InstanceBytes{"job-1", 0, {}});
    ASSERT_TRUE(sent<wire::Release>());
    pass(seconds(2));
    EXPECT_EQ(end_, WorkerEnd::in_order) << "also when the plugin does not answer";
}

TEST_F(LeaseMachineEnds, StoppedWithoutAJobOrAConnectionItEndsAtOnce) {
    greet();
    reply(wire::NoWork{700});
    take(machine().on_stop(now_));
    EXPECT_EQ(end_, WorkerEnd::in_order);
    EXPECT_FALSE(machine().wakes_at());

    LeaseMachine alone(options_);
    take(alone.on_start(now_));
    end_.reset();
    take(alone.on_stop(now_));
    EXPECT_EQ(end_, WorkerEnd::in_order);
}

TEST_F(LeaseMachineEnds, ALostConnectionDropsTheJobAndIsMadeAgainOnceTheComputationHasReturned) {
    begin_computing();
    take(machine().on_disconnected("the plugin closed the connection", now_));
    EXPECT_TRUE(compute_->job->abandoned());
    pass(seconds(30));
    EXPECT_FALSE(connects_) << "the compute thread is busy";
    computed(one_segmentation());
    EXPECT_TRUE(connects_);
}

TEST_F(LeaseMachineEnds, ConnectionsAreTriedMoreAndMoreRarelyAndTheReasonIsLoggedOnce) {
    start();
    std::vector<milliseconds> waits;
    for (int i = 0; i < 7; ++i) {
        take(machine().on_disconnected("no such file", now_));
        const auto wait = *machine().wakes_at() - now_;
        waits.push_back(std::chrono::duration_cast<milliseconds>(wait));
        pass(waits.back());
        EXPECT_TRUE(connects_);
    }
    EXPECT_EQ(waits, (std::vector<milliseconds>{milliseconds(250), milliseconds(500), milliseconds(1000),
                                                milliseconds(2000), milliseconds(4000), milliseconds(8000),
                                                milliseconds(10000)}));
    EXPECT_EQ(log_, "no such file; trying again\n");
}

TEST_F(LeaseMachineEnds, APluginThatDoesNotAnswerIsLeft) {
    greet();
    ASSERT_TRUE(sent<wire::LeaseRequest>());
    EXPECT_EQ(machine().wakes_at(), now_ + options_.reply_timeout);
    pass(options_.reply_timeout);
    EXPECT_TRUE(disconnects_);
    EXPECT_THAT(log_, HasSubstr("did not answer"));
}

}  // namespace lease_machine_ends_test
}  // namespace spineseg
