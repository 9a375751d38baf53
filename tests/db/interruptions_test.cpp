// SPDX-License-Identifier: GPL-3.0-or-later
// Attempts that a fault broke off, leases that end by their holders, back-off under a clock that jumps, reading under a
// lock.
#include <gmock/gmock.h>

#include "db/sqlite.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace interruptions_test {

using testing::ElementsAre;
using testing::IsEmpty;

class InterruptionsTest : public StoreTest {
  protected:
    InterruptionsTest() {
        policy_.retry_backoff = {600s};
        policy_.busy_timeout = 20ms;
        store_ = open();
    }
    std::string queue(const std::string& name) { return sure(store_->enqueue(new_job(name))).job.id; }
    Lease lease() { return sure(store_->lease("w", "model", 60s)).value(); }
    bool anything_due() { return sure(store_->lease("w", "model", 60s)).has_value(); }
    std::vector<std::string> leftovers() {
        std::vector<std::string> uids;
        for (const auto& one : sure(store_->leftovers().due(100))) uids.push_back(one.sop_instance_uid);
        return uids;
    }
    std::vector<std::string> results(const std::string& id) {
        std::vector<std::string> uids;
        for (const auto& one : sure(store_->job(id)).results) uids.push_back(one.sop_instance_uid);
        return uids;
    }
    std::unique_ptr<JobStore> store_;
};

TEST_F(InterruptionsTest, AnInterruptionSpendsNoAttemptAndWaitsLongerEachTime) {
    const auto id = queue("a");
    for (const auto wait : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        const auto granted = lease();
        sure(store_->interrupt(id, granted.epoch, {ErrorCode::storage_full, "full"}));
        EXPECT_EQ(sure(store_->job(id)).attempts, 0);
        now_ += wait - 1ms;
        EXPECT_FALSE(anything_due()) << wait.count();
        now_ += 1ms;
    }
    EXPECT_EQ(lease().job.error->code, ErrorCode::storage_full);
}

// A lost file cannot be told from a disk that fails for a while.
TEST_F(InterruptionsTest, WhatMayBeTheJobsFaultCountsAfterAnHour) {
    const auto id = queue("a");
    for (int i = 0; i < JobStore::kMostInterruptions; ++i) {
        sure(store_->interrupt(id, lease().epoch, {ErrorCode::archive_unavailable, "no file"}, true));
        now_ += 60s;
    }
    EXPECT_EQ(sure(store_->job(id)).attempts, 0);
    sure(store_->interrupt(id, lease().epoch, {ErrorCode::archive_unavailable, "no file"}, true));
    EXPECT_EQ(sure(store_->job(id)).attempts, 1);
    now_ += 2h;
    sure(store_->interrupt(id, lease().epoch, {ErrorCode::storage_full, "full"}));
    EXPECT_EQ(sure(store_->job(id)).attempts, 1) << "what is certainly a fault never counts";
}

TEST_F(InterruptionsTest, HowALeaseEndsIsSaidByWhoHoldsIt) {
    const auto alive = queue("a"), silent = queue("b"), nobody = queue("c");
    for (int i = 0; i < 3; ++i) lease();
    now_ += 2h;  // by the clock all of them have run out
    const auto ended = sure(store_->end_leases([&](const std::string& id, std::int64_t) {
        return id == alive ? LeaseHolder::alive : id == silent ? LeaseHolder::silent : LeaseHolder::nobody;
    }));
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(sure(store_->job(alive)).state, JobState::leased);
    EXPECT_EQ(sure(store_->job(silent)).attempts, 1);
    EXPECT_EQ(sure(store_->job(nobody)).attempts, 0);
    EXPECT_EQ(sure(store_->job(nobody)).state, JobState::queued);
}

// Symptom: the clock was set back by two hours, and a job in back-off waited for two hours.
TEST_F(InterruptionsTest, ABackOffEndsSoonAfterTheClockWasSetBack) {
    const auto id = queue("a");
    sure(store_->abandon(id, lease().epoch, {ErrorCode::worker_lost, ""}));
    now_ += 1s;
    EXPECT_FALSE(anything_due());
    now_ -= 2h;
    EXPECT_TRUE(anything_due());
}

TEST_F(InterruptionsTest, WhatAnAttemptBroughtInIsAResultOnlyWhenTheOutcomeNamesIt) {
    const auto id = queue("a");
    const auto granted = lease();
    for (const char* uid : {"1", "2"}) sure(store_->add_result(id, granted.epoch, result(uid), true));
    sure(store_->add_result(id, granted.epoch, result("was there"), false));
    EXPECT_THAT(leftovers(), IsEmpty());
    Outcome outcome;
    outcome.results = {result("1"), result("was there")};
    sure(store_->complete(id, granted.epoch, outcome));
    EXPECT_THAT(results(id), ElementsAre("1", "was there"));
    EXPECT_THAT(leftovers(), ElementsAre("2"));
}

TEST_F(InterruptionsTest, HoweverAnAttemptEndsWhatItBroughtInIsLeftOver) {
    const std::vector<std::function<void(const std::string&, std::int64_t)>> ends{
        [&](const std::string& id, std::int64_t epoch) { sure(store_->release(id, epoch)); },
        [&](const std::string& id, std::int64_t epoch) {
            sure(store_->abandon(id, epoch, {ErrorCode::worker_lost, ""}));
        },
        [&](const std::string& id, std::int64_t epoch) {
            sure(store_->interrupt(id, epoch, {ErrorCode::storage_full, ""}));
        },
        [&](const std::string& id, std::int64_t) { sure(store_->cancel(id)); },
        [&](const std::string& id, std::int64_t epoch) {
            sure(store_->complete(id, epoch, failed_with(ErrorCode::missing_slices)));
        },
        [&](const std::string&, std::int64_t) {
            sure(store_->end_leases([](const std::string&, std::int64_t) { return LeaseHolder::nobody; }));
        }};
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto id = queue(std::to_string(i));
        const auto granted = lease();
        ASSERT_EQ(granted.job.id, id);
        sure(store_->add_result(id, granted.epoch, result(std::to_string(i)), true));
        ends[i](id, granted.epoch);
        EXPECT_THAT(leftovers(), ElementsAre(std::to_string(i)));
        EXPECT_THAT(results(id), IsEmpty());
        for (const auto& one : sure(store_->leftovers().due(1))) sure(store_->leftovers().forget(one));
        if (!is_final(sure(store_->job(id)).state)) sure(store_->cancel(id));
    }
}

TEST_F(InterruptionsTest, TheRecordOfABrokenOffAttemptHasItsErrorAndNoResultThatIsLeftOver) {
    const auto id = queue("a");
    const Error full{ErrorCode::storage_full, "full"};
    for (int i = 0; i < 2; ++i) {
        const auto granted = lease();
        sure(store_->add_result(id, granted.epoch, result("1"), true));
        sure(store_->interrupt(id, granted.epoch, full));
        now_ += 60s;
    }
    sure(store_->release(id, lease().epoch));
    const auto attempts = sure(store_->attempts().of(id));
    ASSERT_EQ(attempts.size(), 3U);
    for (const auto& attempt : attempts) {
        EXPECT_EQ(attempt.state, "released");
        EXPECT_EQ(attempt.results, "");
    }
    EXPECT_EQ(attempts[0].error, full);
    EXPECT_EQ(attempts[1].error, full) << "the same fault again";
    EXPECT_FALSE(attempts[2].error) << "handed back without a fault";
}

TEST_F(InterruptionsTest, ResultsOfARunThatEndedSurviveACancelOfTheNext) {
    const auto id = queue("a");
    Outcome outcome;
    outcome.results = {result("1")};
    sure(store_->complete(id, lease().epoch, outcome));
    sure(store_->enqueue(new_job("a"), true));
    sure(store_->add_result(id, lease().epoch, result("1"), false));
    sure(store_->cancel(id));
    EXPECT_THAT(results(id), ElementsAre("1"));
    EXPECT_THAT(leftovers(), IsEmpty());
}

TEST_F(InterruptionsTest, ALockedDatabaseIsReadAllTheSame) {
    queue("a");
    sqlite::Database other(file(), 1s);
    const sqlite::Transaction lock(other);
    EXPECT_EQ(sure(store_->counts()).queued, 1);
    EXPECT_EQ(sure(store_->jobs()).size(), 1U);
    EXPECT_FALSE(store_->values().set("key", "value"));
}

TEST_F(InterruptionsTest, AListIsReadInPagesThatTheirBytesBound) {
    std::vector<std::string> ids;
    for (const char* name : {"a", "b", "c"}) {
        ids.push_back(queue(name));
        Outcome outcome;
        outcome.summary_json = std::string(1000, ' ');
        sure(store_->complete(ids.back(), lease().epoch, outcome));
    }
    JobFilter filter;
    filter.most_bytes = 1500;
    const auto page = sure(store_->jobs(filter));
    ASSERT_EQ(page.size(), 2U);
    filter.before = page.back().id;
    const auto rest = sure(store_->jobs(filter));
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].id, ids[0]);
}

TEST_F(InterruptionsTest, AFileThatWasMovedIsNoticedWithoutAWrite) {
    EXPECT_TRUE(store_->is_usable());
    std::filesystem::rename(file(), folder_ / "moved.db");
    EXPECT_FALSE(store_->is_usable());
}

}  // namespace interruptions_test
}  // namespace spineseg
