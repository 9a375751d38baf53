// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/queue_control.h"

#include <gmock/gmock.h>

#include "db/sqlite.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace queue_control_test {

using testing::ElementsAre;
using testing::HasSubstr;

const Asker kAlice{"alice", "192.0.2.7"};

class QueueControlTest : public StoreTest {
  protected:
    std::string queue(const std::string& name) { return sure(store_->enqueue(new_job(name))).job.id; }
    std::optional<Lease> lease() { return sure(store_->lease("w", "model", 1min)); }
    void reopen() {
        store_.reset();
        store_ = open();
    }
    std::unique_ptr<JobStore> store_ = open();
};

TEST_F(QueueControlTest, APausedOrDrainedQueueGrantsNothingEvenAfterARestart) {
    const auto id = queue("a");
    for (const auto mode : {QueueMode::paused, QueueMode::draining}) {
        sure(store_->control().set_mode(mode, kAlice));
        EXPECT_FALSE(lease());
        reopen();
        EXPECT_EQ(sure(store_->control().mode()), mode);
        EXPECT_FALSE(lease());
        EXPECT_TRUE(sure(store_->enqueue(new_job(std::string(to_string(mode))))).created)
            << "arrivals are queued";
    }
    sure(store_->control().set_mode(QueueMode::running, kAlice));
    EXPECT_EQ(lease()->job.id, id);
}

TEST_F(QueueControlTest, WhatRunsWhileTheQueueIsPausedRunsOn) {
    const auto id = queue("a");
    const auto running = lease();
    sure(store_->control().set_mode(QueueMode::draining, kAlice));
    EXPECT_TRUE(store_->renew(id, running->epoch, {Stage::diffusion, 0.5}, 1min));
    EXPECT_EQ(sure(store_->complete(id, running->epoch, {})).state, JobState::done);
}

TEST_F(QueueControlTest, TheJournalSaysWhoPausedTheQueueOnce) {
    sure(store_->control().set_mode(QueueMode::paused, kAlice));
    sure(store_->control().set_mode(QueueMode::paused, {"bob", ""}));
    const auto journal = sure(store_->journal().newest(10));
    ASSERT_EQ(journal.size(), 1u);
    EXPECT_EQ(journal[0].action, "queue paused");
    EXPECT_EQ(journal[0].by, kAlice);
}

TEST_F(QueueControlTest, AHigherPriorityGoesFirst) {
    const auto a = queue("a"), b = queue("b");
    EXPECT_EQ(sure(store_->control().set_priority(b, 7, kAlice)).priority, 7);
    EXPECT_EQ(lease()->job.id, b);
    const auto journal = sure(store_->journal().of(b));
    ASSERT_GE(journal.size(), 2u);
    EXPECT_EQ(journal[1].action, "priority changed");
    EXPECT_EQ(journal[1].by, kAlice);
    sure(store_->cancel(a));
    EXPECT_EQ(store_->control().set_priority(a, 1, kAlice).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(store_->control().set_priority("x", 1, kAlice).error().code, ErrorCode::not_found);
}

TEST_F(QueueControlTest, AJobForTheNightWaitsForItAndNoClockThatWasSetBackMakesItBegin) {
    NewJob tonight = new_job("a");
    tonight.not_before = now_ + 8h;
    tonight.by = kAlice;
    const auto id = sure(store_->enqueue(tonight)).job.id;
    EXPECT_FALSE(lease());
    EXPECT_FALSE(sure(store_->control().figures(now_)).oldest_due) << "it is not due";
    now_ += 7h;
    EXPECT_FALSE(lease());
    now_ += 2h;
    const auto granted = lease();
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->job.id, id);
    EXPECT_FALSE(granted->job.not_before);
}

TEST_F(QueueControlTest, WhoAsksForAJobOfTheNightWithoutATimeBringsItForward) {
    NewJob tonight = new_job("a");
    tonight.not_before = now_ + 8h;
    tonight.by = kAlice;
    const auto id = sure(store_->enqueue(tonight)).job.id;
    NewJob now = new_job("a");
    now.by = Asker{"bob", ""};
    now.priority = 3;
    EXPECT_FALSE(sure(store_->enqueue(now, true)).created);
    EXPECT_FALSE(sure(store_->enqueue(tonight, true)).created) << "does not put it off again";
    const auto granted = lease();
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->job.priority, 3);
    const auto journal = sure(store_->journal().of(id));
    ASSERT_GE(journal.size(), 2u);
    EXPECT_EQ(journal[1].action, "brought forward");
    EXPECT_EQ(journal[1].by.user, "bob");
}

TEST_F(QueueControlTest, AskingAgainDoesNotShortenABackOff) {
    NewJob job = new_job("a");
    job.by = kAlice;
    const auto id = sure(store_->enqueue(job)).job.id;
    const auto granted = lease();
    sure(store_->abandon(id, granted->epoch, {ErrorCode::worker_lost, "gone"}));
    sure(store_->enqueue(job, true));
    EXPECT_TRUE(sure(store_->job(id)).not_before);
    EXPECT_FALSE(lease());
}

TEST_F(QueueControlTest, TheFiguresOfADayCountWhatEndedAndHowLongItTook) {
    const auto yesterday = queue("y");
    sure(store_->complete(yesterday, lease()->epoch, {}));
    now_ += 24h;
    const auto midnight = now_;
    for (int minutes = 1; minutes <= 20; ++minutes) {
        const auto id = queue(std::to_string(minutes));
        const auto granted = lease();
        now_ += std::chrono::minutes(minutes);
        Outcome outcome;
        if (minutes == 5) outcome.summary_json = R"({"quality": {"verdict": "review"}})";
        sure(store_->complete(id, granted->epoch, outcome));
    }
    const auto failed = queue("f");
    sure(store_->complete(failed, lease()->epoch, failed_with(ErrorCode::model_invalid)));
    const auto oldest = now_;
    queue("w");
    now_ += 1h;
    queue("x");
    const auto figures = sure(store_->control().figures(midnight));
    EXPECT_EQ(figures.arrived, 23);
    EXPECT_EQ(figures.done, 20);
    EXPECT_EQ(figures.review, 1);
    EXPECT_EQ(figures.failed, 1);
    EXPECT_EQ(figures.rejected, 0);
    EXPECT_EQ(figures.median, 600.0);
    EXPECT_EQ(figures.p95, 19 * 60.0);
    EXPECT_EQ(figures.oldest_due, oldest);
    EXPECT_FALSE(sure(store_->control().figures(now_ + 1h)).median);
}

TEST_F(QueueControlTest, TheJournalSaysWhatArrivedWhatRanAndHowItEnded) {
    const auto id = queue("a");
    const auto granted = sure(store_->lease("w:1", "model", 1min, "worker 0.2.0 on cuda (bfloat16)"));
    sure(store_->add_result(id, granted->epoch, result("1"), true));
    Outcome done;
    done.results = {result("1")};
    sure(store_->complete(id, granted->epoch, done));
    std::vector<std::string> actions;
    for (const auto& entry : sure(store_->journal().of(id))) actions.push_back(entry.action);
    EXPECT_THAT(actions, ElementsAre("arrived", "started", "stored", "attempt ended"));
    const auto journal = sure(store_->journal().of(id));
    EXPECT_THAT(journal[1].detail, HasSubstr("model lumbar-fast (model), seed 18446744073709551615"));
    EXPECT_THAT(journal[1].detail, HasSubstr("worker 0.2.0 on cuda (bfloat16)"));
    EXPECT_EQ(journal[3].subject, "attempt 1 by w:1");
    EXPECT_EQ(journal[3].detail, "done");
    EXPECT_LT(journal[0].number, journal[1].number);
    EXPECT_EQ(sure(store_->journal().after(journal[1].number, 10)).size(), 2u);
}

}  // namespace queue_control_test
}  // namespace spineseg
