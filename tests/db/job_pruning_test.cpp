// SPDX-License-Identifier: GPL-3.0-or-later
// JobStore::prune(): which ended jobs are forgotten, and what goes with them.

#include <gtest/gtest.h>

#include "db/sqlite.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_pruning_test {

using JobPruningTest = StoreTest;

/// A job of that series and content, done under the store's clock.
std::string done_job(JobStore& store, NewJob job, const std::string& content, const ResultObject& result) {
    job.fingerprint = sha256_hex(content);
    const auto id = sure(store.enqueue(job)).job.id;
    const auto lease = sure(store.lease("w", "model", 1min));
    Outcome outcome;
    outcome.results = {result};
    sure(store.complete(id, lease->epoch, outcome));
    return id;
}

TEST_F(JobPruningTest, OldEndedJobsArePrunedWithTheirResultsButNeverASeriesNewest) {
    auto store = open();
    const NewJob job = new_job("a");
    sure(store->verdicts().record(
        {job.orthanc_series_id, job.series_instance_uid, job.fingerprint, true, "", now_}));
    const auto first = done_job(*store, job, "14 slices", result("1"));
    const auto second = done_job(*store, job, "15 slices", result("2"));
    now_ += 24h * 400;
    const auto third = done_job(*store, new_job("b"), "b", result("3"));
    const auto waiting = sure(store->enqueue(new_job("c"))).job.id;
    EXPECT_EQ(sure(store->prune(24h * 365)), 1);
    EXPECT_FALSE(store->job(first));
    ASSERT_TRUE(store->job(second));
    EXPECT_EQ(sure(store->job(second)).results.size(), 1u);
    EXPECT_TRUE(store->job(third));
    EXPECT_TRUE(store->job(waiting));
    EXPECT_EQ(sure(store->prune(24h * 365)), 0);
}

TEST_F(JobPruningTest, TheJournalOutlivesItsJobAndIsKeptAsLongAsItIsTold) {
    const auto store = open();
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    const auto kept = sure(store->enqueue(new_job("b"))).job.id;
    sure(store->cancel(id));
    sure(store->journal().append({id, "sent", "modality PACS", "3 instance(s)", {}}));
    sure(store->journal().append({kept, "sent", "modality PACS", "3 instance(s)", {}}));
    now_ += 24h;
    EXPECT_EQ(sure(store->prune(1h)), 1);
    EXPECT_EQ(sure(store->journal().of(id)).size(), 3u);
    EXPECT_EQ(sure(store->journal().prune(48h)), 0);
    sure(store->journal().append({kept, "sent", "modality OTHER", "3 instance(s)", {}}));
    EXPECT_EQ(sure(store->journal().prune(1h)), 5);
    EXPECT_TRUE(sure(store->journal().of(id)).empty());
    EXPECT_EQ(sure(store->journal().of(kept)).size(), 1u);
}

TEST_F(JobPruningTest, NobodyChangesOrDeletesAnEntryOfTheJournalBeforeItsTime) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    sure(store->journal().prune(1h));
    sqlite::Database database(file(), 1s);
    for (const char* sql :
         {"UPDATE journal SET user = 'other'", "DELETE FROM journal",
          "INSERT OR REPLACE INTO journal (number, written, job_id, action, subject, detail) "
          "VALUES (1, 0, '', 'x', '', '')",
          "UPDATE journal_horizon SET before = 0"})
        EXPECT_THROW(database.execute(sql), sqlite::SqliteFailure) << sql;
    EXPECT_EQ(sure(store->journal().newest(10)).size(), 1u);
}

TEST_F(JobPruningTest, OfASeriesThatHasGoneEvenTheNewestIsPrunedWhenItIsOldEnough) {
    auto store = open();
    const NewJob job = new_job("a");
    sure(store->verdicts().record(
        {job.orthanc_series_id, job.series_instance_uid, job.fingerprint, true, "", now_}));
    const auto id = done_job(*store, job, "a", result("1"));
    sure(store->verdicts().forget(job.orthanc_series_id));
    EXPECT_FALSE(sure(store->verdicts().of(job.orthanc_series_id)));
    EXPECT_EQ(sure(store->prune(1h)), 0);
    now_ += 2h;
    EXPECT_EQ(sure(store->prune(1h)), 1);
    EXPECT_FALSE(store->job(id));
}

TEST_F(JobPruningTest, WhatHasNotEndedIsNeverPruned) {
    auto store = open();
    const auto queued = sure(store->enqueue(new_job("a"))).job.id;
    const auto leased = sure(store->enqueue(new_job("b"))).job.id;
    sure(store->lease("w", "model", 1min));
    now_ += 24h * 4000;
    EXPECT_EQ(sure(store->prune(0ms)), 0);
    EXPECT_TRUE(store->job(queued) && store->job(leased));
}

}  // namespace job_pruning_test
}  // namespace spineseg
