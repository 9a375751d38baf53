// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/lease_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/worker/daemon/lease_machine_fixture.h"

namespace spineseg {
namespace lease_machine_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::LeaseMachineTest;
using testing::one_segmentation;

TEST_F(LeaseMachineTest, AJobIsFetchedComputedStoredAndCompleted) {
    connect();
    ASSERT_TRUE(sent<wire::Hello>());
    EXPECT_EQ(sent<wire::Hello>()->model_digest, "digest");
    reply(wire::Welcome{});
    ASSERT_TRUE(sent<wire::DeviceReport>());
    reply(wire::Ack{});
    ASSERT_TRUE(sent<wire::LeaseRequest>());
    lease(2);
    ASSERT_TRUE(sent<wire::FetchInstance>());
    EXPECT_EQ(sent<wire::FetchInstance>()->index, 0);
    reply(wire::InstanceBytes{"job-1", 0, {0, 9}});
    reply(wire::InstanceBytes{"job-1", 1, {1, 9}});
    ASSERT_TRUE(compute_);
    EXPECT_EQ(compute_->input->instances.at(1).name, "instance-1");
    EXPECT_EQ(compute_->input->instances.at(1).bytes, (std::vector<std::uint8_t>{1, 9}));
    EXPECT_EQ(compute_->input->request.seed, 77U);
    computed(one_segmentation());
    ASSERT_TRUE(sent<wire::StoreResult>());
    EXPECT_EQ(sent<wire::StoreResult>()->epoch, 7);
    wire::Stored stored{sent<wire::StoreResult>()->object, false};
    stored.object.orthanc_instance_id = "orthanc-instance";
    reply(stored);
    ASSERT_TRUE(sent<wire::Complete>());
    EXPECT_EQ(sent<wire::Complete>()->outcome.state, JobState::done);
    EXPECT_EQ(sent<wire::Complete>()->outcome.results.at(0).orthanc_instance_id, "orthanc-instance");
    EXPECT_EQ(sent<wire::Complete>()->outcome.summary_json, R"({"answer":42})");
    reply(wire::Ack{});
    EXPECT_TRUE(sent<wire::LeaseRequest>()) << "and the next one is asked for";
}

TEST_F(LeaseMachineTest, AfterOneJobItEndsWhereThatIsWanted) {
    options_.once = true;
    begin_computing();
    computed(failure(ErrorCode::missing_slices, "a gap of 8 mm after slice 3"));
    ASSERT_TRUE(sent<wire::Complete>());
    EXPECT_EQ(sent<wire::Complete>()->outcome.state, JobState::rejected);
    EXPECT_EQ(sent<wire::Complete>()->outcome.error,
              (Error{ErrorCode::missing_slices, "a gap of 8 mm after slice 3"}));
    reply(wire::Ack{});
    EXPECT_EQ(end_, WorkerEnd::in_order);
}

TEST_F(LeaseMachineTest, TheLeaseIsRenewedEveryQuarterOfItWithTheProgressAtThatMoment) {
    begin_computing(8'000);
    pass(milliseconds(1'999));
    EXPECT_FALSE(sent_);
    compute_->job->report({Stage::diffusion, 0.5});
    pass(milliseconds(1));
    ASSERT_TRUE(sent<wire::Renew>());
    EXPECT_EQ(sent<wire::Renew>()->progress, (Progress{Stage::diffusion, 0.5}));
    const auto counter = sent<wire::Renew>()->counter;
    reply(wire::Ack{});
    pass(milliseconds(2'000));
    ASSERT_TRUE(sent<wire::Renew>());
    EXPECT_EQ(sent<wire::Renew>()->counter, counter) << "no progress, and the plugin can tell";
}

TEST_F(LeaseMachineTest, ALongLeaseIsRenewedEveryTwoSecondsSoThatProgressCanBeWatched) {
    begin_computing(3'600'000);
    EXPECT_EQ(machine().wakes_at(), now_ + seconds(2));
}

TEST_F(LeaseMachineTest, ARenewalThatIsDueGoesBeforeTheNextInstance) {
    greet();
    lease(2, 4'000);
    now_ += milliseconds(1'500);
    reply(wire::InstanceBytes{"job-1", 0, {}});
    EXPECT_TRUE(sent<wire::Renew>());
    reply(wire::Ack{});
    EXPECT_TRUE(sent<wire::FetchInstance>());
}

TEST_F(LeaseMachineTest, ACancelInReplyToARenewalAbandonsTheJobInTheSameSession) {
    begin_computing(4'000);
    pass(milliseconds(1'000));
    reply(wire::Cancel{"job-1"});
    EXPECT_TRUE(compute_->job->abandoned());
    EXPECT_FALSE(sent_) << "no other job while the compute thread is busy";
    EXPECT_FALSE(disconnects_);
    computed(one_segmentation());
    EXPECT_TRUE(sent<wire::LeaseRequest>()) << "what came out late is dropped";
    EXPECT_THAT(log_, HasSubstr("job-1 epoch 7 dropped: it was canceled"));
}

TEST_F(LeaseMachineTest, ACancelThatAnswersNoRenewalEndsTheSession) {
    begin_computing();
    reply(wire::Cancel{"job-1"});
    EXPECT_TRUE(disconnects_);
    EXPECT_THAT(log_, HasSubstr("a reply to nothing"));
}

TEST_F(LeaseMachineTest, AStaleLeaseDropsTheJobWhateverWasAsked) {
    const wire::Refused stale{{ErrorCode::stale_lease, "somebody else has it"}};
    begin_computing();
    computed(one_segmentation());
    ASSERT_TRUE(sent<wire::StoreResult>());
    reply(stale);
    EXPECT_TRUE(sent<wire::LeaseRequest>());
    lease(1);
    reply(stale);  // to the fetching
    EXPECT_TRUE(sent<wire::LeaseRequest>());
    lease(0);
    computed(failure(ErrorCode::internal, "?"));
    ASSERT_TRUE(sent<wire::Complete>());
    reply(stale);
    EXPECT_TRUE(sent<wire::LeaseRequest>());
    EXPECT_FALSE(disconnects_);
}

TEST_F(LeaseMachineTest, AnInstanceThatVanishedIsReportedAndNothingIsComputed) {
    greet();
    lease(2);
    reply(wire::Refused{{ErrorCode::archive_unavailable, "instance deleted"}});
    ASSERT_TRUE(sent<wire::Complete>());
    EXPECT_EQ(sent<wire::Complete>()->outcome.state, JobState::failed);
    EXPECT_EQ(sent<wire::Complete>()->outcome.error->code, ErrorCode::archive_unavailable);
    EXPECT_FALSE(compute_);
}

TEST_F(LeaseMachineTest, TooManyInstancesOrBytesAreRejectedBeforeTheyAreKept) {
    options_.max_instances = 3;
    options_.max_series_bytes = 5;
    greet();
    lease(4);
    ASSERT_TRUE(sent<wire::Complete>());
    EXPECT_EQ(sent<wire::Complete>()->outcome.error->code, ErrorCode::geometry_out_of_range);
    reply(wire::Ack{});
    lease(2);
    reply(wire::InstanceBytes{"job-1", 0, {1, 2, 3}});
    reply(wire::InstanceBytes{"job-1", 1, {1, 2, 3}});
    ASSERT_TRUE(sent<wire::Complete>());
    EXPECT_EQ(sent<wire::Complete>()->outcome.error->code, ErrorCode::geometry_out_of_range);
}

TEST_F(LeaseMachineTest, AnotherInstanceThanTheOneAskedForEndsTheSession) {
    greet();
    lease(2);
    reply(wire::InstanceBytes{"job-1", 1, {}});
    EXPECT_TRUE(disconnects_);
}

TEST_F(LeaseMachineTest, AReplyOfAnotherTypeEndsTheSessionInEveryState) {
    const auto ends = [this](const std::string& state) {
        reply(wire::Stored{});
        EXPECT_TRUE(disconnects_) << state;
        EXPECT_THAT(log_, HasSubstr("stored")) << state;
        log_.clear();
        pass(seconds(60));
        EXPECT_TRUE(connects_) << state;
        take(machine().on_connected(now_));
        ASSERT_TRUE(sent<wire::Hello>());
    };
    connect();
    ends("hello");
    reply(wire::Welcome{});
    ends("report");
    reply(wire::Welcome{});
    reply(wire::Ack{});
    ends("lease");
    reply(wire::Welcome{});
    reply(wire::Ack{});
    lease(1);
    ends("instance");
}

TEST_F(LeaseMachineTest, WithoutWorkItAsksAgainAfterTheTimeThatThePluginNames) {
    greet();
    reply(wire::NoWork{700});
    EXPECT_EQ(machine().wakes_at(), now_ + milliseconds(700));
    pass(milliseconds(700));
    EXPECT_TRUE(sent<wire::LeaseRequest>());
    reply(wire::NoWork{-5});
    EXPECT_EQ(machine().wakes_at(), now_ + milliseconds(20)) << "not at once";
}

TEST_F(LeaseMachineTest, AfterAFailedSelfTestItReportsAndAsksForNoWork) {
    options_.self_test = {SelfTestState::failed, "by 0.4"};
    greet();
    EXPECT_FALSE(sent_);
    for (int i = 0; i < 3; ++i) {
        pass(options_.report_interval);
        ASSERT_TRUE(sent<wire::DeviceReport>());
        EXPECT_EQ(sent<wire::DeviceReport>()->self_test.detail, "by 0.4");
        reply(wire::Ack{});
    }
}

TEST_F(LeaseMachineTest, AComputationThatDoesNotReturnEndsTheWorker) {
    begin_computing(4'000);
    pass(milliseconds(1'000));
    reply(wire::Cancel{"job-1"});
    EXPECT_EQ(machine().wakes_at(), now_ + options_.compute_patience);
    pass(options_.compute_patience - milliseconds(1));
    EXPECT_FALSE(end_);
    pass(milliseconds(1));
    EXPECT_EQ(end_, WorkerEnd::compute_hangs);
}

}  // namespace lease_machine_test
}  // namespace spineseg
