// SPDX-License-Identifier: GPL-3.0-or-later
/// Who asked for a job, how many jobs he may ask for, and what becomes of the record of each attempt.
#include <gmock/gmock.h>

#include "db/sqlite.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_requests_test {

const Asker kAlice{"alice", "192.0.2.7"};

class JobRequestsTest : public StoreTest {
  protected:
    static NewJob asked(const std::string& name, std::uint64_t seed, const Asker& by = kAlice) {
        NewJob job = new_job(name);
        job.request.seed = seed;
        job.by = by;
        return job;
    }
    /// Leases the only job that is due and ends it so.
    static void run(JobStore& store, const Outcome& outcome) {
        const auto lease = sure(store.lease("host:1", "model", 1min));
        sure(store.complete(lease->job.id, lease->epoch, outcome));
    }
    static Outcome done(const std::string& uid, const std::string& summary) {
        Outcome outcome;
        outcome.results = {result(uid)};
        outcome.summary_json = summary;
        return outcome;
    }
};

// A cancel left no line, no entry and no name; nor did asking for a job.
TEST_F(JobRequestsTest, TheJournalSaysWhoAskedWithinTheSameTransaction) {
    const auto store = open();
    const auto id = sure(store->enqueue(asked("a", 7))).job.id;
    now_ += 1min;
    sure(store->cancel(id, "canceled on request", {"bob", ""}));
    ASSERT_FALSE(store->cancel(id)) << "it has ended";
    now_ += 1min;
    ASSERT_TRUE(sure(store->enqueue(asked("a", 7), true)).created);
    const auto journal = sure(store->journal().of(id));
    ASSERT_EQ(journal.size(), 3u);
    EXPECT_EQ(journal[0].action, "requested");
    EXPECT_EQ(journal[0].by, kAlice);
    EXPECT_EQ(journal[0].detail, "seed 7, priority 0");
    EXPECT_EQ(journal[1].action, "canceled");
    EXPECT_EQ(journal[1].by, (Asker{"bob", ""}));
    EXPECT_EQ(journal[1].subject, "while it was queued");
    EXPECT_EQ(journal[2].action, "requested again");
    EXPECT_EQ(journal[2].written, now_);
    EXPECT_EQ(sure(store->journal().newest(2)).front().action, "requested again");
}

// A resubmission of the same job overwrote error, attempts and summary of what had gone before.
TEST_F(JobRequestsTest, NoAttemptIsForgottenWhenAJobIsAskedForAgain) {
    const auto store = open();
    const auto id = sure(store->enqueue(asked("a", 7))).job.id;
    Outcome rejected = failed_with(ErrorCode::missing_slices);
    rejected.state = JobState::rejected;
    rejected.summary_json = R"({"run":1})";
    run(*store, rejected);
    now_ += 1h;
    sure(store->enqueue(asked("a", 7), true));
    run(*store, done("1.5", R"({"run":2})"));
    now_ += 1h;
    sure(store->enqueue(asked("a", 7), true));
    const auto released = sure(store->lease("host:2", "model", 1min));
    sure(store->release(id, released->epoch));
    run(*store, done("1.6", R"({"run":3})"));

    const auto attempts = sure(store->attempts().of(id));
    ASSERT_EQ(attempts.size(), 4u);
    EXPECT_EQ(attempts[0].state, "rejected");
    EXPECT_EQ(attempts[0].error, (Error{ErrorCode::missing_slices, "because"}));
    EXPECT_EQ(attempts[0].summary_json, R"({"run":1})");
    EXPECT_EQ(attempts[0].results, "");
    EXPECT_EQ(attempts[0].ended, now_ - 2h);
    EXPECT_EQ(attempts[0].worker, "host:1");
    EXPECT_EQ(attempts[1].state, "done");
    EXPECT_FALSE(attempts[1].error);
    EXPECT_EQ(attempts[1].results, "1.5");
    EXPECT_EQ(attempts[1].model_digest, "model");
    EXPECT_EQ(attempts[2].state, "released");
    EXPECT_FALSE(attempts[2].error);
    EXPECT_EQ(attempts[2].worker, "host:2");
    EXPECT_EQ(attempts[3].results, "1.6");
    EXPECT_LT(attempts[2].epoch, attempts[3].epoch);
}

TEST_F(JobRequestsTest, EveryWayInWhichALeaseEndsLeavesARecord) {
    const auto store = open();
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    auto lease = sure(store->lease("w", "model", 1min));
    sure(store->abandon(id, lease->epoch, {ErrorCode::worker_lost, "gone"}));
    now_ += 1h;
    sure(store->lease("w", "model", 1min));
    now_ += 1h;
    EXPECT_EQ(sure(store->expire_leases()), 1);
    now_ += 1h;
    lease = sure(store->lease("w", "model", 1min));
    sure(store->cancel(id, "canceled on request", kAlice));
    const auto attempts = sure(store->attempts().of(id));
    ASSERT_EQ(attempts.size(), 3u);
    EXPECT_EQ(attempts[0].error, (Error{ErrorCode::worker_lost, "gone"}));
    EXPECT_EQ(attempts[0].state, "queued");
    EXPECT_THAT(attempts[1].error->detail, testing::HasSubstr("expired"));
    EXPECT_EQ(attempts[2].state, "canceled");
    EXPECT_GT(attempts[0].ended.time_since_epoch().count(), 1'700'000'000'000);
}

TEST_F(JobRequestsTest, TheRecordOfAnAttemptCannotBeChangedAndGoesWithItsJob) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    run(*store, done("1.5", ""));
    {
        sqlite::Database database(file(), 1s);
        EXPECT_THROW(database.execute("UPDATE attempt SET worker = 'other'"), sqlite::SqliteFailure);
    }
    now_ += 24h * 400;
    EXPECT_EQ(sure(store->prune(24h)), 1);
    sqlite::Database database(file(), 1s);
    auto count = database.query("SELECT count(*) FROM attempt");
    ASSERT_TRUE(count.step());
    EXPECT_EQ(count.only_integer(), 0);
}

TEST_F(JobRequestsTest, WhatIsShownOfAJobsJournalAndItsAttemptsAreBounded) {
    const auto store = open();
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    for (int i = 0; i < JobJournal::kMostEntries + 20; ++i)
        ASSERT_TRUE(store->journal().append({id, "noted", std::to_string(i), "", {}}));
    const auto journal = sure(store->journal().of(id));
    EXPECT_EQ(journal.size(), static_cast<std::size_t>(JobJournal::kMostEntries));
    EXPECT_EQ(journal.back().subject, std::to_string(JobJournal::kMostEntries + 19));
    for (int i = 0; i < 120; ++i) {
        const auto lease = sure(store->lease("w", "model", 1min));
        sure(store->release(id, lease->epoch));
    }
    EXPECT_EQ(sure(store->attempts().of(id)).size(), 100u);
}

// A hundred jobs in 0.8 s were had by varying the seed.
TEST_F(JobRequestsTest, ASeriesIsAskedForOnlySoOftenADay) {
    policy_.series_requests_per_day = 3;
    const auto store = open();
    for (std::uint64_t seed = 0; seed < 3; ++seed) sure(store->enqueue(asked("a", seed)));
    const auto refused = store->enqueue(asked("a", 3, {"bob", ""}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::too_many_requests);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("SeriesRequestsPerDay"));
    EXPECT_FALSE(sure(store->enqueue(asked("a", 1))).created) << "what is queued already may be asked for";
    EXPECT_TRUE(store->enqueue(asked("b", 3))) << "another series";
    NewJob arrival = new_job("a");
    arrival.fingerprint = sha256_hex("late slices");
    EXPECT_TRUE(store->enqueue(arrival)) << "arrivals are never refused";
    now_ += 25h;
    EXPECT_TRUE(store->enqueue(asked("a", 3)));
}

TEST_F(JobRequestsTest, AUserHasOnlySoManyJobsThatHaveNotEnded) {
    policy_.user_open_jobs = 2;
    const auto store = open();
    const auto first = sure(store->enqueue(asked("a", 1))).job.id;
    sure(store->enqueue(asked("b", 1)));
    const auto refused = store->enqueue(asked("c", 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::too_many_requests);
    EXPECT_TRUE(store->enqueue(asked("d", 1, {"bob", ""}))) << "another user";
    EXPECT_TRUE(store->enqueue(new_job("e"))) << "an arrival";
    sure(store->cancel(first));
    EXPECT_TRUE(store->enqueue(asked("c", 1))) << "one has ended";
}

// A worker's name, a reason from a header and an error's text stood in the database as they came.
TEST_F(JobRequestsTest, TextsAreStoredPrintable) {
    const auto store = open();
    const auto id = sure(store->enqueue(asked("a", 7, {"al\nice", "\x1b[2J"}))).job.id;
    sure(store->lease("host\n:1", "model", 1min));
    ASSERT_TRUE(store->verdicts().record({"series-a", "1.2", "f", false, "modality\x1b[31m", now_}));
    EXPECT_EQ(sure(store->job(id)).worker, "host\\n:1");
    EXPECT_EQ(sure(store->verdicts().of("series-a"))->reason, "modality\\x1b[31m");
    EXPECT_EQ(sure(store->journal().of(id)).front().by, (Asker{"al\\nice", "\\x1b[2J"}));
}

}  // namespace job_requests_test
}  // namespace spineseg
