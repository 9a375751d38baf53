// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/stored_results.h"

#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace stored_results_test {

using testing::IsEmpty;

class StoredResultsTest : public StoreTest {
  protected:
    /// A job that is done with these results; its id.
    std::string done(const std::string& name, const std::vector<std::string>& uids) {
        const auto id = sure(store->enqueue(new_job(name))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        Outcome outcome;
        for (const auto& uid : uids) outcome.results.push_back(result(uid));
        sure(store->complete(id, lease->epoch, outcome));
        return id;
    }
    std::vector<std::string> ids(const std::vector<Job>& jobs) {
        std::vector<std::string> all;
        for (const auto& job : jobs) all.push_back(job.id);
        return all;
    }

    std::unique_ptr<JobStore> store = open();
};

TEST_F(StoredResultsTest, AJobIsFoundByWhatItStored) {
    const auto a = done("a", {"1", "2"}), b = done("b", {"3"});
    EXPECT_THAT(ids(sure(store->results().jobs_of({"i-2"}))), testing::ElementsAre(a));
    EXPECT_THAT(ids(sure(store->results().jobs_of({"s-3", "i-1", "i-2", "i-9", ""}))),
                testing::ElementsAre(b, a));
    EXPECT_THAT(ids(sure(store->results().done_in_study("study"))), testing::ElementsAre(b, a));
    EXPECT_THAT(sure(store->results().done_in_study("another")), IsEmpty());
}

TEST_F(StoredResultsTest, AMissingResultKeepsTheTimeOfItsFirstMissingUntilItReturns) {
    const auto id = done("a", {"1", "2"});
    const auto first = now_;
    EXPECT_EQ(sure(store->results().set_missing(id, {"i-1"})), 1);
    now_ += 1h;
    EXPECT_EQ(sure(store->results().set_missing(id, {"i-1", "i-2"})), 1);
    auto results = sure(store->job(id)).results;
    EXPECT_EQ(results.at(0).missing, first);
    EXPECT_EQ(results.at(1).missing, now_);
    EXPECT_EQ(sure(store->results().set_missing(id, {})), 2);
    EXPECT_FALSE(sure(store->job(id)).results.at(0).missing);
    EXPECT_EQ(store->results().set_missing("no job", {}).error().code, ErrorCode::not_found);
}

TEST_F(StoredResultsTest, OnlyAJobWithoutAnyResultLeftCountsAsDeleted) {
    const auto a = done("a", {"1", "2"}), b = done("b", {"3"});
    sure(store->results().set_missing(a, {"i-1"}));
    EXPECT_EQ(sure(store->counts()).done, 2);
    sure(store->results().set_missing(a, {"i-1", "i-2"}));
    const auto counts = sure(store->counts());
    EXPECT_EQ(counts.done, 1);
    EXPECT_EQ(counts.deleted, 1);
    JobFilter filter;
    filter.state = {JobState::done};
    filter.results_gone = true;
    EXPECT_THAT(ids(sure(store->jobs(filter))), testing::ElementsAre(a));
    filter.results_gone = false;
    EXPECT_THAT(ids(sure(store->jobs(filter))), testing::ElementsAre(b));
}

TEST_F(StoredResultsTest, AResultThatIsStoredAgainIsThere) {
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    const auto lease = sure(store->lease("w", "model", 1min));
    sure(store->add_result(id, lease->epoch, result("1")));
    sure(store->results().set_missing(id, {"i-1"}));
    Outcome outcome;
    outcome.results = {result("1")};
    sure(store->add_result(id, lease->epoch, result("1")));
    EXPECT_FALSE(sure(store->job(id)).results.at(0).missing);
    sure(store->results().set_missing(id, {"i-1"}));
    sure(store->complete(id, lease->epoch, outcome));
    EXPECT_TRUE(sure(store->job(id)).results.at(0).missing) << "deleted before the job had ended";
}

TEST_F(StoredResultsTest, TheRoundGoesThroughWhatEndedInTheOrderOfArrival) {
    const auto a = done("a", {"1"});
    const auto canceled = sure(store->enqueue(new_job("b"))).job.id;
    sure(store->cancel(canceled));
    const auto c = done("c", {});
    sure(store->enqueue(new_job("d")));
    const auto first = sure(store->results().next_ended(0));
    EXPECT_EQ(first->job.id, a);
    const auto second = sure(store->results().next_ended(first->number));
    EXPECT_EQ(second->job.id, c);
    EXPECT_FALSE(sure(store->results().next_ended(second->number)));
}

TEST_F(StoredResultsTest, CopiesAreReplacedAndForgotten) {
    const auto id = done("a", {"1"});
    const CopiedResult one{"s-c1", "1.9", "AI Lumbar SEG", "a copy"}, two{"s-c2", "1.10", "", "a copy"};
    sure(store->results().set_copied(id, {one, two}));
    EXPECT_THAT(sure(store->results().copied(id)), testing::ElementsAre(one, two));
    sure(store->results().forget_copied({"s-c1", "unknown"}));
    EXPECT_THAT(sure(store->results().copied(id)), testing::ElementsAre(two));
    sure(store->results().set_copied(id, {one}));
    EXPECT_THAT(sure(store->results().copied(id)), testing::ElementsAre(one));
}

TEST_F(StoredResultsTest, AFingerprintIsRenewedUnlessTheSeriesChangedAfterIt) {
    const auto job = new_job("a");
    const auto id = done("a", {"1"});
    sure(store->verdicts().record({job.orthanc_series_id, "1.2", job.fingerprint, true, "", now_}));
    sure(store->renew_fingerprint(job.orthanc_series_id, job.fingerprint, "new", now_ + 1s));
    EXPECT_EQ(sure(store->job(id)).fingerprint, job.fingerprint) << "stored anew after it was judged";
    sure(store->renew_fingerprint("another", job.fingerprint, "new", now_));
    sure(store->renew_fingerprint(job.orthanc_series_id, job.fingerprint, "new", now_));
    EXPECT_EQ(sure(store->job(id)).fingerprint, "new");
    EXPECT_EQ(sure(store->verdicts().of(job.orthanc_series_id))->fingerprint, "new");
    const auto again = sure(store->enqueue(job)).job.id;
    sure(store->renew_fingerprint(job.orthanc_series_id, job.fingerprint, "new", now_));
    EXPECT_EQ(sure(store->job(again)).fingerprint, job.fingerprint) << "its place is taken";
}

}  // namespace stored_results_test
}  // namespace spineseg
