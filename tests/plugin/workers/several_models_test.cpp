// SPDX-License-Identifier: GPL-3.0-or-later
// Workers of several models come and go: no series waits for a model that nobody serves.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plugin/intake/known_model.h"
#include "plugin/rest/health_view.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace several_models_test {

using SeveralModelsTest = SessionTest;

// Symptom: worker A idle, B with another model said hello and left; new series were queued for B's model, and A got
// nothing until it connected anew.
TEST_F(SeveralModelsTest, AModelThatWasTriedAndLeftDoesNotKeepTheQueue) {
    WorkerSession a(context(), 1), b(context(), 2);
    greet(a, "model a");
    greet(b, "model b");
    b.end(SessionEnd::lost);
    const Job first = queue('1');
    EXPECT_EQ(first.model_digest, "model b");
    EXPECT_EQ(lease(a).job, first.id);
    EXPECT_EQ(job(first.id).model_digest, "model a");
    EXPECT_EQ(queue('2').model_digest, "model a") << "new ones are asked of it from now on";
}

TEST_F(SeveralModelsTest, JobsOfAModelThatIsServedAreLeftToIt) {
    WorkerSession a(context(), 1), b(context(), 2);
    greet(a, "model a");
    greet(b, "model b");
    const Job queued = queue();
    ask<wire::NoWork>(a, wire::LeaseRequest{});
    EXPECT_EQ(job(queued.id).model_digest, "model b");
    EXPECT_EQ(lease(b).job, queued.id);
}

TEST_F(SeveralModelsTest, AWorkerThatIsSilentOrFailedItsSelfTestServesNothing) {
    for (const bool silent : {true, false}) {
        WorkerSession a(context(), 1), b(context(), 2);
        greet(a, "model a");
        greet(b, "model b");
        const Job queued = queue(silent ? '1' : '2');
        if (silent)
            now += std::chrono::seconds(40);
        else
            ask<wire::Ack>(b, wire::DeviceReport{"cpu", "float32", {SelfTestState::failed, "by 0.4"}});
        EXPECT_EQ(lease(a).job, queued.id);
        a.end(SessionEnd::shutdown);
        ASSERT_TRUE(store().cancel(queued.id));
        b.end(SessionEnd::lost);
    }
}

TEST_F(SeveralModelsTest, HealthSaysForWhichModelJobsWaitAndThatNobodyServesIt) {
    const auto health = [&] {
        nlohmann::json view;
        EXPECT_TRUE(show_queue(slot, registry, view));
        return view;
    };
    EXPECT_EQ(health()["Status"], "no_worker");
    ConnectedWorker worker;
    worker.model_digest = "model a";
    worker.heard = std::chrono::steady_clock::now();
    registry.put(1, worker);
    ASSERT_TRUE(set_known_model(store(), {"b", "model b"}));
    EXPECT_EQ(health()["Status"], "ok");
    queue();
    const auto view = health();
    EXPECT_EQ(view["Status"], "model_not_served");
    EXPECT_EQ(view["QueuedFor"],
              nlohmann::json::parse(
                  R"([{"Jobs": 1, "Model": {"Digest": "model b", "ID": "b"}, "Served": false}])"));
}

}  // namespace several_models_test
}  // namespace spineseg
