// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/webhook_outbox.h"

#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace webhook_outbox_test {

class WebhookOutboxTest : public StoreTest {
  protected:
    std::string end(JobStore& store, const std::string& name, const Outcome& outcome = {}) {
        const auto id = sure(store.enqueue(new_job(name))).job.id;
        const auto lease = sure(store.lease("w", "model", 1min));
        sure(store.complete(id, lease->epoch, outcome));
        return id;
    }
    WebhookState state_of(JobStore& store, const std::string& hook) {
        for (auto& state : sure(store.webhooks().states()))
            if (state.hook == hook) return state;
        return {};
    }
};

TEST_F(WebhookOutboxTest, EachReceiverGetsTheEndsThatItAskedForInTheirOrder) {
    const auto store = open();
    sure(store->webhooks().subscribe({{"all", {"done", "failed"}}, {"faults", {"failed"}}}));
    const auto first = end(*store, "a");
    const auto second = end(*store, "b", failed_with(ErrorCode::model_invalid));
    auto next = sure(store->webhooks().next("all"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->ending.job_id, first);
    EXPECT_EQ(sure(store->webhooks().next("faults"))->ending.job_id, second);
    sure(store->webhooks().delivered(*next));
    EXPECT_EQ(sure(store->webhooks().next("all"))->ending.job_id, second);
    EXPECT_EQ(state_of(*store, "all").delivered, 1);
    EXPECT_EQ(state_of(*store, "all").waiting, 1);
    EXPECT_EQ(state_of(*store, "faults").delivered, 0);
    EXPECT_FALSE(sure(store->webhooks().next("unknown")));
}

TEST_F(WebhookOutboxTest, WhatWaitsOutlivesARestartWithItsAttempts) {
    {
        const auto store = open();
        sure(store->webhooks().subscribe({{"hook", {"done"}}}));
        end(*store, "a");
        sure(store->webhooks().postpone(*sure(store->webhooks().next("hook")), "answers 503", now_ + 1min));
    }
    const auto store = open();
    sure(store->webhooks().subscribe({{"hook", {"done"}}}));
    const auto next = sure(store->webhooks().next("hook"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->attempts, 1);
    EXPECT_EQ(next->not_before, now_ + 1min);
    EXPECT_EQ(state_of(*store, "hook").last_error, "answers 503");
    EXPECT_EQ(state_of(*store, "hook").last_failed, now_);
}

TEST_F(WebhookOutboxTest, WhatIsGivenUpIsInTheJobsJournal) {
    const auto store = open();
    sure(store->webhooks().subscribe({{"hook", {"done"}}}));
    const auto id = end(*store, "a");
    sure(store->webhooks().give_up(*sure(store->webhooks().next("hook")), "answers 400", "webhook http://x"));
    EXPECT_FALSE(sure(store->webhooks().next("hook")));
    EXPECT_EQ(state_of(*store, "hook").given_up, 1);
    const auto entry = sure(store->journal().of(id)).back();
    EXPECT_EQ(std::make_tuple(entry.action, entry.subject, entry.detail),
              std::make_tuple("not told", "webhook http://x", "answers 400"));
}

TEST_F(WebhookOutboxTest, AReceiverThatIsNoLongerNamedIsForgottenAndTheOthersKeepTheirs) {
    const auto store = open();
    sure(store->webhooks().subscribe({{"one", {"done"}}, {"two", {"done"}}}));
    end(*store, "a");
    sure(store->webhooks().subscribe({{"two", {"failed"}}}));
    EXPECT_FALSE(sure(store->webhooks().next("one")));
    EXPECT_TRUE(sure(store->webhooks().next("two")));
    EXPECT_EQ(sure(store->webhooks().states()).size(), 1u);
    end(*store, "b");
    EXPECT_EQ(state_of(*store, "two").waiting, 1) << "it asks for failures from now on";
}

TEST_F(WebhookOutboxTest, AJobThatIsPrunedIsStillTold) {
    const auto store = open();
    sure(store->webhooks().subscribe({{"hook", {"done"}}}));
    const auto id = end(*store, "a");
    now_ += 24h;
    EXPECT_EQ(sure(store->prune(1h)), 1);
    EXPECT_EQ(sure(store->webhooks().next("hook"))->ending.job_id, id);
}

}  // namespace webhook_outbox_test
}  // namespace spineseg
