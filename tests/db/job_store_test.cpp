// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_store.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_store_test {

using JobStoreTest = StoreTest;

TEST_F(JobStoreTest, AQueuedJobKeepsEverythingAcrossARestart) {
    NewJob asked = new_job("a");
    asked.request = {.samples = 5, .steps = 3, .seed = 0xfedcba9876543210ULL};
    asked.priority = -2;
    asked.max_attempts = 7;
    const Job queued = sure(open()->enqueue(asked)).job;
    const auto job = open()->job(queued.id);
    ASSERT_TRUE(job);
    EXPECT_TRUE(std::regex_match(
        job->id, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")))
        << job->id;
    EXPECT_EQ(job->orthanc_series_id, asked.orthanc_series_id);
    EXPECT_EQ(job->orthanc_study_id, asked.orthanc_study_id);
    EXPECT_EQ(job->series_instance_uid, asked.series_instance_uid);
    EXPECT_EQ(job->fingerprint, asked.fingerprint);
    EXPECT_EQ(job->model_id, asked.model_id);
    EXPECT_EQ(job->model_digest, asked.model_digest);
    EXPECT_EQ(job->request, asked.request);
    EXPECT_EQ(job->priority, -2);
    EXPECT_EQ(job->max_attempts, 7);
    EXPECT_EQ(job->state, JobState::queued);
    EXPECT_EQ(job->attempts, 0);
    EXPECT_EQ(job->epoch, 0);
    EXPECT_EQ(job->created, now_);
    EXPECT_FALSE(job->started || job->finished || job->lease_expires || job->not_before || job->error);
    EXPECT_THAT(job->results, testing::IsEmpty());
}

TEST_F(JobStoreTest, TheSameSeriesModelAndRequestIsQueuedOnce) {
    const auto store = open();
    const auto first = sure(store->enqueue(new_job("a")));
    EXPECT_TRUE(first.created);
    const auto second = sure(store->enqueue(new_job("a")));
    EXPECT_FALSE(second.created);
    EXPECT_EQ(second.job.id, first.job.id);

    std::set<std::string> ids{first.job.id};
    const auto differs = [&](auto change) {
        NewJob other = new_job("a");
        change(other);
        const auto enqueued = sure(store->enqueue(other));
        EXPECT_TRUE(enqueued.created);
        EXPECT_TRUE(ids.insert(enqueued.job.id).second);
        EXPECT_FALSE(sure(store->enqueue(other)).created);
    };
    differs([](NewJob& j) { j.fingerprint = "other"; });
    differs([](NewJob& j) { j.orthanc_series_id = "other"; });
    differs([](NewJob& j) { j.model_digest = "other"; });
    differs([](NewJob& j) { j.request.seed = 1; });
    differs([](NewJob& j) { j.request.samples = 1; });
    differs([](NewJob& j) { j.request.steps = 1; });
    EXPECT_EQ(sure(store->counts()).queued, 7);
}

TEST_F(JobStoreTest, AFinishedJobIsTriedAgainOnlyWhenAsked) {
    const auto store = open();
    const Job job = sure(store->enqueue(new_job("a"))).job;
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    sure(store->add_result(job.id, lease.epoch, result("2.25.1")));
    sure(store->complete(job.id, lease.epoch, failed_with(ErrorCode::model_invalid)));

    EXPECT_EQ(sure(store->enqueue(new_job("a"))).job.state, JobState::failed);
    NewJob urgent = new_job("a");
    urgent.priority = 9;
    const auto again = sure(store->enqueue(urgent, true));
    EXPECT_TRUE(again.created);
    EXPECT_EQ(again.job.id, job.id);
    EXPECT_EQ(again.job.state, JobState::queued);
    EXPECT_EQ(again.job.attempts, 0);
    EXPECT_EQ(again.job.priority, 9);
    EXPECT_THAT(again.job.results, testing::IsEmpty()) << "the outcome named none";
    EXPECT_FALSE(again.job.error || again.job.finished || again.job.started);
    EXPECT_FALSE(sure(store->enqueue(urgent, true)).created) << "it waits already";
    // The old worker must stay locked out.
    EXPECT_EQ(sure(store->lease("w2", "model", 60s))->epoch, lease.epoch + 1);
    EXPECT_EQ(store->complete(job.id, lease.epoch, {}).error().code, ErrorCode::stale_lease);
}

/// Asking again for a done job forgot its results and its summary, while the objects stayed in the archive.
TEST_F(JobStoreTest, ResultsAndSummaryOfTheRunBeforeStayUntilTheNewRunEnds) {
    const auto store = open();
    const Job job = sure(store->enqueue(new_job("a"))).job;
    const auto run = [&](Outcome outcome, const std::vector<std::string>& uids) {
        const Lease lease = sure(store->lease("w", "model", 60s)).value();
        for (const auto& uid : uids) {
            sure(store->add_result(job.id, lease.epoch, result(uid)));
            outcome.results.push_back(result(uid));
        }
        return sure(store->complete(job.id, lease.epoch, outcome));
    };
    Outcome first;
    first.summary_json = R"({"run":1})";
    const Job done = run(first, {"2.25.1", "2.25.2"});
    const Job again = sure(store->enqueue(new_job("a"), true)).job;
    EXPECT_EQ(again.state, JobState::queued);
    EXPECT_EQ(again.results, done.results);
    EXPECT_EQ(again.summary_json, R"({"run":1})");
    Outcome second;
    second.summary_json = R"({"run":2})";
    const Job rerun = run(second, {"2.25.2", "2.25.3"});
    ASSERT_EQ(rerun.results.size(), 2U) << "2.25.1 is no result of the new run";
    EXPECT_EQ(rerun.results[0].sop_instance_uid, "2.25.2");
    EXPECT_EQ(rerun.results[1].sop_instance_uid, "2.25.3");
    EXPECT_EQ(rerun.summary_json, R"({"run":2})");
}

TEST_F(JobStoreTest, UnknownJobsAreNotFound) {
    const auto store = open();
    EXPECT_EQ(store->job("x").error().code, ErrorCode::not_found);
    EXPECT_EQ(store->renew("x", 1, {}, 60s).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->add_result("x", 1, result("1")).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->complete("x", 1, {}).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->release("x", 1).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->abandon("x", 1, {}).error().code, ErrorCode::not_found);
}

TEST_F(JobStoreTest, ListsNewestFirstByStateAndSeries) {
    const auto store = open();
    std::vector<std::string> ids;
    for (const char* name : {"a", "b", "c"}) ids.push_back(sure(store->enqueue(new_job(name))).job.id);
    sure(store->cancel(ids[1]));
    const auto listed = [&](const JobFilter& filter) {
        std::vector<std::string> found;
        for (const Job& job : sure(store->jobs(filter))) found.push_back(job.id);
        return found;
    };
    EXPECT_THAT(listed({}), testing::ElementsAre(ids[2], ids[1], ids[0]));
    EXPECT_THAT(listed({.state = {JobState::queued}, .orthanc_series_id = {}}),
                testing::ElementsAre(ids[2], ids[0]));
    EXPECT_THAT(listed({.state = {}, .orthanc_series_id = "series-b"}), testing::ElementsAre(ids[1]));
    EXPECT_THAT(listed({.state = {JobState::done}, .orthanc_series_id = "series-b"}), testing::IsEmpty());
    EXPECT_THAT(listed({.state = {}, .orthanc_series_id = {}, .limit = 2}),
                testing::ElementsAre(ids[2], ids[1]));
    EXPECT_THAT(listed({.state = {}, .orthanc_series_id = {}, .limit = -1}), testing::IsEmpty());
    const QueueCounts counts = sure(store->counts());
    EXPECT_EQ(counts.queued, 2);
    EXPECT_EQ(counts.canceled, 1);
    EXPECT_EQ(counts.leased + counts.done + counts.rejected + counts.failed, 0);
}

// The results of every listed job were read by a query of its own: 1001 queries for a thousand jobs.
TEST_F(JobStoreTest, AListedJobHasItsOwnResultsInTheOrderOfStoring) {
    const auto store = open();
    std::vector<std::string> ids;
    for (const std::string name : {"a", "b", "c"}) {
        ids.push_back(sure(store->enqueue(new_job(name))).job.id);
        const auto lease = sure(store->lease("w", "model", 1min));
        Outcome outcome;
        if (name != "b") outcome.results = {result(name + "2"), result(name + "1")};
        sure(store->complete(ids.back(), lease->epoch, outcome));
    }
    const auto jobs = sure(store->jobs({.limit = 2}));
    ASSERT_EQ(jobs.size(), 2u);
    EXPECT_EQ(jobs[0].id, ids[2]);
    EXPECT_EQ(jobs[0].results, (std::vector{result("c2"), result("c1")}));
    EXPECT_EQ(jobs[1].id, ids[1]);
    EXPECT_TRUE(jobs[1].results.empty());
    EXPECT_EQ(sure(store->jobs()).back().results, (std::vector{result("a2"), result("a1")}));
}

TEST_F(JobStoreTest, ANewModelAdoptsWhatWaitsAndLeavesTheRest) {
    const auto store = open();
    const std::string leased = sure(store->enqueue(new_job("a"))).job.id;
    sure(store->lease("w", "model", 60s));
    const std::string waiting = sure(store->enqueue(new_job("b"))).job.id;
    const std::string double_old = sure(store->enqueue(new_job("c"))).job.id;
    NewJob newer = new_job("c");
    newer.model_digest = "model 2";
    const std::string double_new = sure(store->enqueue(newer)).job.id;

    EXPECT_EQ(sure(store->adopt_queued_jobs("lumbar-slow", "model 2")), 1);
    EXPECT_EQ(sure(store->job(waiting)).model_id, "lumbar-slow");
    EXPECT_EQ(sure(store->job(waiting)).model_digest, "model 2");
    EXPECT_EQ(sure(store->job(leased)).model_digest, "model");
    EXPECT_EQ(sure(store->job(double_old)).state, JobState::canceled);
    EXPECT_EQ(sure(store->job(double_new)).state, JobState::queued);
    EXPECT_EQ(sure(store->adopt_queued_jobs("lumbar-slow", "model 2")), 0);
    EXPECT_FALSE(sure(store->lease("w", "model", 60s)));
}

TEST_F(JobStoreTest, TwoOldModelsWithTheSameRequestAreAdoptedOnce) {
    const auto store = open();
    NewJob other = new_job("a");
    other.model_digest = "model 1b";
    sure(store->enqueue(new_job("a")));
    sure(store->enqueue(other));
    EXPECT_EQ(sure(store->adopt_queued_jobs("m", "model 2")), 1);
    EXPECT_EQ(sure(store->counts()).queued, 1);
    EXPECT_EQ(sure(store->counts()).canceled, 1);
}

TEST_F(JobStoreTest, VerdictsAndValuesAreKeptAndReplaced) {
    SeriesVerdict verdict{"series-a", "1.2.3", "print", false, "not sagittal", now_};
    sure(open()->verdicts().record(verdict));
    auto kept = sure(open()->verdicts().of("series-a")).value();
    EXPECT_EQ(kept.reason, "not sagittal");
    EXPECT_FALSE(kept.eligible);
    EXPECT_EQ(kept.series_instance_uid, "1.2.3");
    EXPECT_EQ(kept.fingerprint, "print");
    EXPECT_EQ(kept.decided, now_);
    verdict.eligible = true;
    verdict.reason = "";
    sure(open()->verdicts().record(verdict));
    EXPECT_TRUE(sure(open()->verdicts().of("series-a"))->eligible);
    EXPECT_FALSE(sure(open()->verdicts().of("series-b")));

    EXPECT_FALSE(sure(open()->values().get("changes")));
    sure(open()->values().set("changes", "17"));
    sure(open()->values().set("changes", std::string("a\0b", 3)));
    EXPECT_EQ(sure(open()->values().get("changes")), std::string("a\0b", 3));
}

TEST_F(JobStoreTest, TextsAreDataAndNeverSql) {
    const auto store = open();
    NewJob job = new_job("a");
    job.orthanc_series_id = "'; DROP TABLE job; --";
    job.series_instance_uid = "\xff\xfe";
    const std::string id = sure(store->enqueue(job)).job.id;
    EXPECT_EQ(sure(store->job(id)).orthanc_series_id, job.orthanc_series_id);
    EXPECT_EQ(sure(store->jobs({.state = {}, .orthanc_series_id = job.orthanc_series_id})).size(), 1u);
}

TEST_F(JobStoreTest, AJobWithoutAttemptsIsRefused) {
    NewJob job = new_job("a");
    job.max_attempts = 0;
    EXPECT_EQ(open()->enqueue(job).error().code, ErrorCode::invalid_argument);
}

TEST_F(JobStoreTest, AJobThatIsAskedForAgainWaitsFromThenOn) {
    policy_.priority_age = 10min;
    auto store = open();
    const auto old = sure(store->enqueue(new_job("old"))).job.id;
    sure(store->cancel(old));
    now_ += 24h;
    NewJob urgent = new_job("urgent");
    urgent.priority = 1;
    const auto id = sure(store->enqueue(urgent)).job.id;
    sure(store->enqueue(new_job("old"), true));
    EXPECT_EQ(sure(store->lease("w", "model", 1min))->job.id, id);
}

TEST_F(JobStoreTest, ACanceledJobSaysWhy) {
    auto store = open();
    const auto one = sure(store->enqueue(new_job("a"))).job.id;
    EXPECT_EQ(sure(store->cancel(one)).error->detail, "canceled on request");
    const auto two = sure(store->enqueue(new_job("b"))).job.id;
    EXPECT_EQ(sure(store->cancel(two, "superseded")).error->detail, "superseded");
}

}  // namespace job_store_test
}  // namespace spineseg
