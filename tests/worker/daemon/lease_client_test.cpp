// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/lease_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <new>
#include <stdexcept>
#include <thread>

#include "tests/worker/daemon/one_segmentation.h"
#include "tests/worker/daemon/scripted_plugin.h"
#include "worker/daemon/connector.h"
#include "worker/daemon/log.h"

namespace spineseg {
namespace lease_client_test {

using std::chrono::milliseconds;
using testing::one_segmentation;
using testing::ScriptedPlugin;
using Replies = std::optional<std::vector<wire::Message>>;
using Sink = std::function<bool(const Progress&)>;

class LambdaRunner : public JobRunner {
  public:
    using Body = std::function<Result<JobProduct>(const JobInput&, const Sink&)>;
    explicit LambdaRunner(Body body) : body_(std::move(body)) {}
    Result<JobProduct> run(const JobInput& input, const Sink& progress) override {
        ++runs;
        return body_(input, progress);
    }
    std::atomic<int> runs = 0;

  private:
    Body body_;
};

/// Works, with progress, until it is told to stop or `enough` says so.
Result<JobProduct> work_until(const Sink& progress, const std::function<bool()>& enough) {
    while (!enough()) {
        if (!progress({Stage::diffusion, 0.5})) return failure(ErrorCode::canceled, "told to stop");
        std::this_thread::sleep_for(milliseconds(2));
    }
    return one_segmentation();
}

/// A plugin that hands out `jobs` jobs of two instances, one after another, and does everything right.
class Script {
  public:
    explicit Script(int jobs, std::int64_t lease_ms = 10'000) : jobs_(jobs), lease_ms_(lease_ms) {}

    Replies operator()(int session, const wire::Message& message) {
        if (std::holds_alternative<wire::Hello>(message)) return {{wire::Welcome{}}};
        if (std::holds_alternative<wire::LeaseRequest>(message)) return {{lease(session)}};
        if (const auto* fetch = std::get_if<wire::FetchInstance>(&message))
            return {{wire::InstanceBytes{
                fetch->job, fetch->index, {static_cast<std::uint8_t>(fetch->index), 9}}}};
        if (const auto* store = std::get_if<wire::StoreResult>(&message)) {
            wire::Stored stored{store->object, false};
            stored.object.orthanc_instance_id = "orthanc-instance";
            return {{stored}};
        }
        return {{wire::Ack{}}};
    }

    bool keep_rejected = false;

  private:
    wire::Message lease(int session) {
        if (given_ == jobs_) return wire::NoWork{20};
        ++given_;
        wire::LeaseGranted lease;
        lease.job = "job-" + std::to_string(given_);
        lease.epoch = 100 * session + given_;
        lease.lease_ms = lease_ms_;
        lease.request.seed = 77;
        lease.image_words.anatomy = {"QUUX"};
        lease.instances = {"instance-a", "instance-b"};
        lease.keep_rejected = keep_rejected;
        return lease;
    }
    int jobs_;
    std::int64_t lease_ms_;
    int given_ = 0;
};

/// The client under test in a thread of its own.
class LeaseClientTest : public ::testing::Test {
  protected:
    void SetUp() override { set_log_level("off"); }
    void TearDown() override { stop(); }

    void start(const std::filesystem::path& socket, JobRunner& runner, bool once = false) {
        options_.worker = "test";
        options_.model_digest = "digest";
        options_.once = once;
        options_.first_retry = milliseconds(10);
        const auto connect = [socket] { return connect_to_plugin(socket, {{::geteuid()}, false}); };
        client_ = std::make_unique<LeaseClient>(connect, options_, runner, compute_);
        thread_ = std::thread([this] {
            end_ = client_->run();
            ended_ = true;
        });
    }
    void stop() {
        if (!thread_.joinable()) return;
        client_->stop();
        thread_.join();
    }
    bool ends_by_itself(const ScriptedPlugin& plugin) {
        return plugin.wait_until([this] { return ended_.load(); });
    }

    LeaseOptions options_;
    WorkerEnd end_ = WorkerEnd::in_order;  ///< once ended_
    ComputeThread compute_;
    std::unique_ptr<LeaseClient> client_;
    std::thread thread_;
    std::atomic<bool> ended_ = false;
};

TEST_F(LeaseClientTest, AJobIsFetchedComputedStoredAndCompleted) {
    JobInput seen;
    LambdaRunner runner([&](const JobInput& input, const Sink&) {
        seen = input;
        return one_segmentation();
    });
    ScriptedPlugin plugin(Script(1));
    start(plugin.socket(), runner, true);
    ASSERT_TRUE(ends_by_itself(plugin));

    EXPECT_EQ(plugin.received_of<wire::Hello>().at(0).model_digest, "digest");
    ASSERT_EQ(seen.instances.size(), 2U);
    EXPECT_EQ(seen.instances[1].name, "instance-b");
    EXPECT_EQ(seen.instances[1].bytes, (std::vector<std::uint8_t>{1, 9}));
    EXPECT_EQ(seen.request.seed, 77U);
    EXPECT_EQ(seen.image_words.anatomy, std::vector<std::string>{"QUUX"})
        << "the site's words reach the reader";
    const auto stored = plugin.received_of<wire::StoreResult>();
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].dicom, one_segmentation().files[0].dicom);
    EXPECT_EQ(stored[0].epoch, 101);
    const auto complete = plugin.received_of<wire::Complete>();
    ASSERT_EQ(complete.size(), 1U);
    EXPECT_EQ(complete[0].outcome.state, JobState::done);
    EXPECT_EQ(complete[0].outcome.results.at(0).orthanc_instance_id, "orthanc-instance");
    EXPECT_EQ(complete[0].outcome.summary_json, R"({"answer":42})");
}

TEST_F(LeaseClientTest, ObjectsOfARejectedSeriesAreStoredBeforeTheJobEndsAsRejected) {
    const Error rejected{ErrorCode::quality_rejected, "the score is 0.1"};
    std::atomic<bool> asked = false;
    dicom::AnalysisTime started;
    LambdaRunner runner([&](const JobInput& input, const Sink&) -> Result<JobProduct> {
        asked = input.keep_rejected;
        started = input.started;
        JobProduct product = one_segmentation();
        product.verdict = rejected;
        return product;
    });
    Script script(1);
    script.keep_rejected = true;
    const auto before = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    ScriptedPlugin plugin(script);
    start(plugin.socket(), runner, true);
    ASSERT_TRUE(ends_by_itself(plugin));
    EXPECT_TRUE(asked);
    EXPECT_GE(started.utc, before);
    EXPECT_LT(started.utc, before + std::chrono::minutes(1)) << "the worker's clock when the job began";
    EXPECT_EQ(plugin.received_of<wire::StoreResult>().size(), 1U);
    const auto complete = plugin.received_of<wire::Complete>();
    ASSERT_EQ(complete.size(), 1U);
    EXPECT_EQ(complete[0].outcome.state, JobState::rejected);
    EXPECT_EQ(complete[0].outcome.error, rejected);
    EXPECT_EQ(complete[0].outcome.results.size(), 1U);
    EXPECT_EQ(complete[0].outcome.summary_json, R"({"answer":42})");
}

TEST_F(LeaseClientTest, TheLeaseIsRenewedWithGrowingProgressWhileTheComputeThreadWorks) {
    ScriptedPlugin plugin(Script(1, 60));
    LambdaRunner runner([&](const JobInput&, const Sink& progress) {
        return work_until(progress, [&] { return plugin.received_of<wire::Renew>().size() >= 3; });
    });
    start(plugin.socket(), runner, true);
    ASSERT_TRUE(ends_by_itself(plugin));
    const auto renewals = plugin.received_of<wire::Renew>();
    ASSERT_GE(renewals.size(), 3U);
    EXPECT_LT(renewals[0].counter, renewals[2].counter);
    EXPECT_EQ(renewals[2].progress, (Progress{Stage::diffusion, 0.5}));
    EXPECT_EQ(renewals[2].epoch, 101);
}

TEST_F(LeaseClientTest, AComputationThatNeverReturnsEndsTheClientSoThatTheProcessCanBeStartedAnew) {
    std::promise<void> released;
    LambdaRunner runner([wait = released.get_future().share()](const JobInput&, const Sink&) {
        wait.wait();
        return one_segmentation();
    });
    ScriptedPlugin plugin(
        [script = Script(2, 40)](int session, const wire::Message& message) mutable -> Replies {
            if (std::holds_alternative<wire::Renew>(message))
                return {{wire::Refused{{ErrorCode::stale_lease, "no progress"}}}};
            return script(session, message);
        });
    options_.compute_patience = milliseconds(100);
    start(plugin.socket(), runner);
    ASSERT_TRUE(ends_by_itself(plugin));
    EXPECT_EQ(end_, WorkerEnd::compute_hangs);
    EXPECT_EQ(plugin.received_of<wire::LeaseRequest>().size(), 1U) << "it asks for no more work";
    released.set_value();
    compute_.run([] {});  // what was posted to the client has arrived before it is destroyed
}

TEST_F(LeaseClientTest, WhateverThePipelineThrowsBecomesAnOutcomeAndTheWorkerGoesOn) {
    ScriptedPlugin plugin(Script(3));
    LambdaRunner runner([&](const JobInput&, const Sink&) -> Result<JobProduct> {
        if (runner.runs == 1) throw std::runtime_error("index out of range");
        if (runner.runs == 2) throw std::bad_alloc();
        return failure(ErrorCode::missing_slices, "a gap of 8 mm after slice 3");
    });
    start(plugin.socket(), runner);
    ASSERT_TRUE(plugin.wait_until([&] { return plugin.received_of<wire::Complete>().size() == 3; }));
    stop();
    const auto ends = plugin.received_of<wire::Complete>();
    EXPECT_EQ(ends[0].outcome.state, JobState::failed);
    EXPECT_EQ(ends[0].outcome.error->code, ErrorCode::internal);
    EXPECT_EQ(ends[1].outcome.state, JobState::failed);
    EXPECT_EQ(ends[1].outcome.error->code, ErrorCode::out_of_memory);
    EXPECT_EQ(ends[2].outcome.state, JobState::rejected);
    EXPECT_EQ(ends[2].outcome.error, (Error{ErrorCode::missing_slices, "a gap of 8 mm after slice 3"}));
    EXPECT_EQ(plugin.sessions(), 1);
}

TEST_F(LeaseClientTest, ARestartedPluginIsFoundAgainAndTheOldAttemptsResultIsNotSent) {
    ScriptedPlugin plugin(Script(2));
    LambdaRunner runner([&](const JobInput&, const Sink& progress) -> Result<JobProduct> {
        if (runner.runs > 1) return one_segmentation();
        return work_until(progress, [] { return false; });
    });
    start(plugin.socket(), runner);
    ASSERT_TRUE(plugin.wait_until([&] { return runner.runs == 1; }));
    plugin.hang_up();
    ASSERT_TRUE(plugin.wait_until([&] { return !plugin.received_of<wire::Complete>().empty(); }));
    stop();
    EXPECT_EQ(plugin.sessions(), 2);
    ASSERT_EQ(plugin.received_of<wire::Complete>().size(), 1U);
    EXPECT_EQ(plugin.received_of<wire::Complete>()[0].epoch, 202) << "the second session's lease";
}

TEST_F(LeaseClientTest, GarbageFromThePluginEndsTheSessionNotTheWorker) {
    ScriptedPlugin plugin(Script(0));
    LambdaRunner runner([](const JobInput&, const Sink&) { return one_segmentation(); });
    start(plugin.socket(), runner);
    ASSERT_TRUE(plugin.wait_until([&] { return plugin.received_of<wire::LeaseRequest>().size() >= 2; }));
    plugin.push(std::vector<std::uint8_t>(64, 0xFF));
    EXPECT_TRUE(plugin.wait_until([&] { return plugin.sessions() >= 2; }));
}

TEST_F(LeaseClientTest, StoppingInTheMiddleHandsTheLeaseBack) {
    ScriptedPlugin plugin(Script(1, 3'600'000));
    LambdaRunner runner(
        [&](const JobInput&, const Sink& progress) { return work_until(progress, [] { return false; }); });
    start(plugin.socket(), runner);
    ASSERT_TRUE(plugin.wait_until([&] { return runner.runs == 1; }));
    stop();
    const auto released = plugin.received_of<wire::Release>();
    ASSERT_EQ(released.size(), 1U);
    EXPECT_EQ(released[0].epoch, 101);
    EXPECT_TRUE(plugin.received_of<wire::Complete>().empty());
}

TEST_F(LeaseClientTest, APathThatIsTooLongForASocketIsAnErrorThatIsTriedAgain) {
    LambdaRunner runner([](const JobInput&, const Sink&) { return one_segmentation(); });
    start("/" + std::string(300, 'x'), runner);
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_FALSE(ended_);
    stop();
    EXPECT_EQ(end_, WorkerEnd::in_order);
}

TEST_F(LeaseClientTest, WithoutAPluginItWaitsAndStillStopsAtOnce) {
    LambdaRunner runner([](const JobInput&, const Sink&) { return one_segmentation(); });
    start("/nonexistent/spineseg.sock", runner);
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_FALSE(ended_);
    const auto before = std::chrono::steady_clock::now();
    stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

}  // namespace lease_client_test
}  // namespace spineseg
