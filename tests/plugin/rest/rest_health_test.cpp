// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_health_test {

using RestHealthTest = RestRoutesTest;

TEST_F(RestHealthTest, HealthCountsTheQueueAndNamesTheWorkers) {
    queue();
    EXPECT_EQ(get("/spineseg/health")["Status"], "no_worker");
    registry.put(1, {"host:42", "0.1.0", "lumbar-fast", "d1", "", {}, {}});
    const auto health = get("/spineseg/health");
    EXPECT_EQ(health["Status"], "ok");
    EXPECT_EQ(health["Queue"]["Queued"], 1);
    EXPECT_EQ(health["Workers"][0]["Model"]["ID"], "lumbar-fast");
    EXPECT_EQ(health["ArchiveVersion"], "1.10.1");
}

TEST_F(RestHealthTest, HealthSaysHowMuchRoomTheDiskHas) {
    settings.database = folder.file("jobs.db");
    const auto disk = get("/spineseg/health")["Disk"];
    EXPECT_GT(disk["TotalBytes"].get<double>(), 0);
    EXPECT_LE(disk["FreeBytes"].get<double>(), disk["TotalBytes"].get<double>());
    settings.database = "/none/jobs.db";
    EXPECT_TRUE(get("/spineseg/health")["Disk"].is_null());
}

TEST_F(RestHealthTest, HealthShowsWhatAWorkerComputesWithAndItsSelfTest) {
    ConnectedWorker worker;
    worker.name = "host:42";
    registry.put(1, worker);
    EXPECT_TRUE(get("/spineseg/health")["Workers"][0]["SelfTest"].is_null()) << "it has not said so yet";
    worker.device = "cuda";
    worker.precision = "bfloat16";
    worker.self_test = SelfTestOutcome{SelfTestState::failed, "the result differs by 0.4"};
    registry.put(1, worker);
    auto health = get("/spineseg/health");
    EXPECT_EQ(health["Status"], "self_test_failed") << "nobody takes jobs";
    EXPECT_EQ(health["Workers"][0]["Device"], "cuda");
    EXPECT_EQ(health["Workers"][0]["Precision"], "bfloat16");
    EXPECT_EQ(health["Workers"][0]["SelfTest"]["State"], "failed");
    EXPECT_EQ(health["Workers"][0]["SelfTest"]["Detail"], "the result differs by 0.4");
    worker.self_test->state = SelfTestState::passed;
    registry.put(2, worker);
    EXPECT_EQ(get("/spineseg/health")["Status"], "ok") << "the other one does";
}

TEST_F(RestHealthTest, HealthShowsWhetherAWorkersProcessIsConfined) {
    ConnectedWorker worker;
    worker.name = "host:42";
    registry.put(1, worker);
    EXPECT_TRUE(get("/spineseg/health")["Workers"][0]["Cage"].is_null()) << "it has not said so yet";
    worker.cage = CageState{false, "this kernel has no Landlock"};
    registry.put(1, worker);
    const auto health = get("/spineseg/health");
    EXPECT_EQ(health["Workers"][0]["Cage"]["Whole"], false);
    EXPECT_EQ(health["Workers"][0]["Cage"]["Detail"], "this kernel has no Landlock");
}

}  // namespace rest_health_test
}  // namespace spineseg
