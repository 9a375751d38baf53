// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/lease_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace spineseg {
namespace lease_machine_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

JobProduct one_segmentation() {
    JobProduct product;
    dicom::ResultFile file;
    file.object.kind = ResultKind::segmentation;
    file.dicom = {'D', 'I', 'C', 'M'};
    product.files.push_back(file);
    product.summary_json = R"({"answer":42})";
    return product;
}

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
    void pass(milliseconds time) {
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
    LeaseMachine::Instant now_{seconds(1000)};
    std::optional<wire::Message> sent_;
    std::optional<effect::Compute> compute_;
    std::optional<WorkerEnd> end_;
    std::string log_;
    bool connects_ = false;
    bool disconnects_ = false;
};

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

TEST_F(LeaseMachineTest, ALostConnectionDropsTheJobAndIsMadeAgainOnceTheComputationHasReturned) {
    begin_computing();
    take(machine().on_disconnected("the plugin closed the connection", now_));
    EXPECT_TRUE(compute_->job->abandoned());
    pass(seconds(30));
    EXPECT_FALSE(connects_) << "the compute thread is busy";
    computed(one_segmentation());
    EXPECT_TRUE(connects_);
}

TEST_F(LeaseMachineTest, ConnectionsAreTriedMoreAndMoreRarelyAndTheReasonIsLoggedOnce) {
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

TEST_F(LeaseMachineTest, APluginThatDoesNotAnswerIsLeft) {
    greet();
    ASSERT_TRUE(sent<wire::LeaseRequest>());
    EXPECT_EQ(machine().wakes_at(), now_ + options_.reply_timeout);
    pass(options_.reply_timeout);
    EXPECT_TRUE(disconnects_);
    EXPECT_THAT(log_, HasSubstr("did not answer"));
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

TEST_F(LeaseMachineTest, StoppedWhileComputingItHandsTheLeaseBack) {
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

TEST_F(LeaseMachineTest, StoppedWhileFetchingItHandsTheLeaseBack) {
    greet();
    lease(2);
    take(machine().on_stop(now_));
    EXPECT_FALSE(end_) << "the reply is still to come";
    reply(wire::InstanceBytes{"job-1", 0, {}});
    ASSERT_TRUE(sent<wire::Release>());
    pass(seconds(2));
    EXPECT_EQ(end_, WorkerEnd::in_order) << "also when the plugin does not answer";
}

TEST_F(LeaseMachineTest, StoppedWithoutAJobOrAConnectionItEndsAtOnce) {
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
