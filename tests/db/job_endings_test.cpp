// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_endings.h"

#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_endings_test {

class JobEndingsTest : public StoreTest {
  protected:
    void lease_and_complete(JobStore& store, const std::string& id, const Outcome& outcome) {
        const auto lease = sure(store.lease("w", "model", 1min));
        ASSERT_EQ(lease->job.id, id);
        now_ += 1min;
        sure(store.complete(id, lease->epoch, outcome));
    }
    static Outcome done_with(const std::string& summary) {
        Outcome outcome;
        outcome.summary_json = summary;
        return outcome;
    }
};

TEST_F(JobEndingsTest, EachEndIsRecordedInItsOrderWithWhatOthersAskOfIt) {
    const auto store = open();
    auto asked = new_job("a");
    asked.scanner = {"SIEMENS", "Aera"};
    const auto first = sure(store->enqueue(asked)).job;
    now_ += 10s;
    lease_and_complete(*store, first.id, done_with(R"({"quality": {"verdict": "review"}})"));
    const auto second = sure(store->enqueue(new_job("b"))).job;
    lease_and_complete(*store, second.id, failed_with(ErrorCode::quality_rejected));
    const auto third = sure(store->enqueue(new_job("c"))).job;
    sure(store->cancel(third.id));

    const auto ends = sure(store->endings().after(0, 10));
    ASSERT_EQ(ends.size(), 3u);
    const auto& review = ends[0].ending;
    EXPECT_EQ(review.job_id, first.id);
    EXPECT_EQ(review.orthanc_series_id, "series-a");
    EXPECT_EQ(review.orthanc_study_id, "study");
    EXPECT_EQ(review.manufacturer, "SIEMENS");
    EXPECT_EQ(std::make_tuple(review.state, review.verdict, review.event, review.error_code),
              std::make_tuple(JobState::done, "review", "review", ""));
    EXPECT_EQ(review.finished - review.queued, 70s);
    EXPECT_EQ(*ends[0].first_started - review.queued, 10s);
    EXPECT_EQ(ends[0].summary_json, R"({"quality": {"verdict": "review"}})");
    EXPECT_EQ(ends[1].ending.event, "rejected");
    EXPECT_EQ(ends[1].ending.verdict, "reject") << "though there is no summary";
    EXPECT_EQ(ends[1].ending.error_code, "quality_rejected");
    EXPECT_EQ(ends[2].ending.event, "canceled");
    EXPECT_FALSE(ends[2].first_started);
    EXPECT_EQ(sure(store->endings().after(ends[0].ending.number, 1)).at(0).ending.job_id, second.id);
    EXPECT_EQ(sure(store->endings().last()), ends[2].ending.number);
}

TEST_F(JobEndingsTest, AnAttemptThatIsTriedAgainIsNoEnd) {
    const auto store = open();
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    lease_and_complete(*store, id, failed_with(ErrorCode::out_of_memory));
    EXPECT_TRUE(sure(store->endings().after(0, 10)).empty());
    now_ += 1h;
    lease_and_complete(*store, id, done_with("{}"));
    const auto ends = sure(store->endings().after(0, 10));
    ASSERT_EQ(ends.size(), 1u);
    EXPECT_EQ(ends[0].ending.attempts, 2);
    EXPECT_EQ(*ends[0].first_started, ends[0].ending.queued) << "it waited for nobody";
}

TEST_F(JobEndingsTest, AJobThatIsAskedForAgainEndsAgainWithoutTheVerdictOfItsEarlierRun) {
    const auto store = open();
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    lease_and_complete(*store, id, done_with(R"({"quality": {"verdict": "pass"}})"));
    sure(store->enqueue(new_job("a"), true));
    lease_and_complete(*store, id, failed_with(ErrorCode::model_invalid));
    const auto ends = sure(store->endings().after(0, 10));
    ASSERT_EQ(ends.size(), 2u);
    EXPECT_EQ(ends[1].ending.verdict, "");
    EXPECT_EQ(ends[1].summary_json, "");
    EXPECT_NE(ends[0].ending.epoch, ends[1].ending.epoch) << "job and epoch name an end";
}

TEST_F(JobEndingsTest, ASummaryThatIsNoJsonOrNamesAnotherVerdictHasNone) {
    const auto store = open();
    for (const char* summary : {"", "{", R"({"quality": 3})", R"({"quality": {"verdict": "Jane Doe"}})"}) {
        const auto id = sure(store->enqueue(new_job(std::string("s") + summary))).job.id;
        lease_and_complete(*store, id, done_with(summary));
    }
    for (const auto& end : sure(store->endings().after(0, 10))) {
        EXPECT_EQ(end.ending.verdict, "") << end.summary_json;
        EXPECT_EQ(end.ending.event, "done");
    }
}

TEST_F(JobEndingsTest, WhatIsOldIsForgottenUnlessSomebodyIsStillToBeTold) {
    const auto store = open();
    sure(store->webhooks().subscribe({{"hook", {"failed"}}}));
    for (const char* name : {"a", "b"}) {
        const auto id = sure(store->enqueue(new_job(name))).job.id;
        const bool fails = std::string(name) == "b";
        lease_and_complete(*store, id, fails ? failed_with(ErrorCode::model_invalid) : done_with("{}"));
    }
    EXPECT_EQ(sure(store->endings().prune(now_ - 1h)), 0);
    EXPECT_EQ(sure(store->endings().prune(now_ + 1h)), 1);
    const auto left = sure(store->endings().after(0, 10));
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].ending.event, "failed");
    sure(store->webhooks().delivered(*sure(store->webhooks().next("hook"))));
    EXPECT_EQ(sure(store->endings().prune(now_ + 1h)), 1);
}

}  // namespace job_endings_test
}  // namespace spineseg
