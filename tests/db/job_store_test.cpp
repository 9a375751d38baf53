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

TEST_F(JobStoreTest, LeasesGoByPriorityThenAgeAndOnlyToTheirModel) {
    const auto store = open();
    for (const char* name : {"a", "b", "c", "d"}) {
        NewJob job = new_job(name);
        job.priority = *name == 'c' ? 5 : 0;
        if (*name == 'a') job.model_digest = "another model";
        sure(store->enqueue(job));
        now_ += 1s;
    }
    const Lease first = sure(store->lease("host:1", "model", 60s)).value();
    EXPECT_EQ(first.job.series_instance_uid, "1.2.c");
    EXPECT_EQ(first.job.state, JobState::leased);
    EXPECT_EQ(first.job.attempts, 1);
    EXPECT_EQ(first.epoch, 1);
    EXPECT_EQ(first.job.epoch, 1);
    EXPECT_EQ(first.job.worker, "host:1");
    EXPECT_EQ(first.job.started, now_);
    EXPECT_EQ(first.expires, now_ + 60s);
    EXPECT_EQ(first.job.lease_expires, now_ + 60s);
    EXPECT_EQ(sure(store->lease("w", "model", 60s))->job.series_instance_uid, "1.2.b");
    EXPECT_EQ(sure(store->lease("w", "model", 60s))->job.series_instance_uid, "1.2.d");
    EXPECT_FALSE(sure(store->lease("w", "model", 60s)));
    EXPECT_EQ(sure(store->lease("w", "another model", 60s))->job.series_instance_uid, "1.2.a");
}

TEST_F(JobStoreTest, RenewExtendsTheLeaseAndRecordsProgress) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    now_ += 50s;
    const Lease renewed = sure(store->renew(lease.job.id, lease.epoch, {Stage::diffusion, 0.5}, 60s));
    EXPECT_EQ(renewed.expires, now_ + 60s);
    EXPECT_EQ(renewed.epoch, lease.epoch);
    const Job job = sure(store->job(lease.job.id));
    EXPECT_EQ(job.progress, (Progress{Stage::diffusion, 0.5}));
    EXPECT_EQ(job.lease_expires, now_ + 60s);
    now_ += 59s;
    EXPECT_EQ(sure(store->expire_leases()), 0);
    now_ += 1s;
    EXPECT_EQ(sure(store->expire_leases()), 1);
}

// Symptom: a finished job said "Stage": "fetching", because its last heartbeat had come then.
TEST_F(JobStoreTest, DoneJobHasComeThroughItsLastStage) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    sure(store->renew(lease.job.id, lease.epoch, {Stage::fetching, 0.5}, 60s));
    const Job done = sure(store->complete(lease.job.id, lease.epoch, Outcome{}));
    EXPECT_EQ(done.state, JobState::done);
    EXPECT_EQ(done.progress, (Progress{Stage::storing, 1.0}));
}

TEST_F(JobStoreTest, ProgressThatIsNoFractionIsBroughtIntoRange) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    const auto stored = [&](double fraction) {
        return sure(store->renew(lease.job.id, lease.epoch, {Stage::reading, fraction}, 60s))
            .job.progress.fraction;
    };
    EXPECT_EQ(stored(7.0), 1.0);
    EXPECT_EQ(stored(-1.0), 0.0);
    EXPECT_EQ(stored(std::numeric_limits<double>::quiet_NaN()), 0.0);
}

TEST_F(JobStoreTest, ExpiredLeaseReturnsToTheQueueAndItsWorkerIsRefused) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease late = sure(store->lease("late", "model", 60s)).value();
    now_ += 61s;
    EXPECT_EQ(sure(store->expire_leases()), 1);
    const Job waiting = sure(store->job(late.job.id));
    EXPECT_EQ(waiting.state, JobState::queued);
    EXPECT_EQ(waiting.attempts, 1);
    EXPECT_EQ(waiting.error->code, ErrorCode::worker_lost);
    EXPECT_EQ(waiting.not_before, now_ + 30s);
    EXPECT_EQ(waiting.progress, Progress{});

    const std::string& id = late.job.id;
    const auto expect_stale = [&](const Error& error) { EXPECT_EQ(error.code, ErrorCode::stale_lease); };
    const auto try_everything = [&] {
        expect_stale(store->renew(id, late.epoch, {}, 60s).error());
        expect_stale(store->add_result(id, late.epoch, result("2.25.1")).error());
        expect_stale(store->complete(id, late.epoch, {}).error());
        expect_stale(store->release(id, late.epoch).error());
        expect_stale(store->abandon(id, late.epoch, {}).error());
    };
    try_everything();
    now_ += 30s;
    const Lease next = sure(store->lease("next", "model", 60s)).value();
    EXPECT_EQ(next.epoch, late.epoch + 1);
    try_everything();
    const Job job = sure(store->job(id));
    EXPECT_EQ(job.state, JobState::leased);
    EXPECT_EQ(job.worker, "next");
    EXPECT_THAT(job.results, testing::IsEmpty());
}

TEST_F(JobStoreTest, ALeaseThatRanOutButWasNotCollectedCanStillBeRenewed) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    now_ += 10min;
    EXPECT_TRUE(store->renew(lease.job.id, lease.epoch, {}, 60s));
    EXPECT_EQ(sure(store->expire_leases()), 0);
}

TEST_F(JobStoreTest, BackoffGrowsAndTheLastAttemptFailsWithItsError) {
    const auto store = open();
    NewJob asked = new_job("a");
    asked.max_attempts = 5;
    const std::string id = sure(store->enqueue(asked)).job.id;
    for (const auto wait : {30s, 120s, 600s, 600s}) {
        const Lease lease = sure(store->lease("w", "model", 60s)).value();
        sure(store->abandon(id, lease.epoch, {ErrorCode::worker_lost, "gone"}));
        EXPECT_EQ(sure(store->job(id)).not_before, now_ + wait);
        now_ += wait - 1s;
        EXPECT_FALSE(sure(store->lease("w", "model", 60s))) << "too early";
        now_ += 1s;
    }
    const Lease last = sure(store->lease("w", "model", 60s)).value();
    EXPECT_EQ(last.job.attempts, 5);
    const Job job = sure(store->complete(id, last.epoch, failed_with(ErrorCode::out_of_memory)));
    EXPECT_EQ(job.state, JobState::failed);
    EXPECT_EQ(job.error, (Error{ErrorCode::out_of_memory, "because"}));
    EXPECT_EQ(job.finished, now_);
    EXPECT_FALSE(job.not_before || job.lease_expires);
    now_ += 24h;
    EXPECT_FALSE(sure(store->lease("w", "model", 60s)));
}

TEST_F(JobStoreTest, JitterStaysWithinItsPartAndPullsJobsApart) {
    policy_.jitter = 0.5;
    const auto store = open();
    std::set<Timestamp> due;
    for (int i = 0; i < 20; ++i) {
        sure(store->enqueue(new_job(std::to_string(i))));
        const Lease lease = sure(store->lease("w", "model", 60s)).value();
        sure(store->abandon(lease.job.id, lease.epoch, {ErrorCode::archive_unavailable, ""}));
        const Timestamp when = sure(store->job(lease.job.id)).not_before.value();
        EXPECT_GE(when, now_ + 30s);
        EXPECT_LE(when, now_ + 45s);
        due.insert(when);
    }
    EXPECT_GT(due.size(), 15u);
}

TEST_F(JobStoreTest, ReleaseGivesTheAttemptBack) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    for (int i = 0; i < 10; ++i) {  // more often than attempts are allowed
        const Lease lease = sure(store->lease("w", "model", 60s)).value();
        EXPECT_EQ(lease.job.attempts, 1);
        EXPECT_EQ(lease.epoch, i + 1);
        sure(store->release(lease.job.id, lease.epoch));
        const Job job = sure(store->job(lease.job.id));
        EXPECT_EQ(job.attempts, 0);
        EXPECT_EQ(job.state, JobState::queued);
        EXPECT_FALSE(job.not_before);
    }
}

TEST_F(JobStoreTest, CompleteEndsJobAndLeaseWithItsResults) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    sure(store->add_result(lease.job.id, lease.epoch, result("2.25.1")));
    Outcome outcome;
    outcome.results = {result("2.25.1"), result("2.25.2")};
    outcome.results[0].orthanc_instance_id.clear();  // the worker may not know what Orthanc calls it
    outcome.results[1].kind = ResultKind::parametric_map;
    outcome.summary_json = R"({"seconds":1})";
    const Job job = sure(store->complete(lease.job.id, lease.epoch, outcome));
    EXPECT_EQ(job.state, JobState::done);
    EXPECT_EQ(job.finished, now_);
    EXPECT_EQ(job.summary_json, outcome.summary_json);
    EXPECT_FALSE(job.lease_expires || job.error);
    ResultObject second = result("2.25.2");
    second.kind = ResultKind::parametric_map;
    EXPECT_THAT(job.results, testing::ElementsAre(result("2.25.1"), second));
    EXPECT_EQ(store->complete(lease.job.id, lease.epoch, outcome).error().code, ErrorCode::stale_lease);
}

TEST_F(JobStoreTest, SuccessAfterAFailedAttemptForgetsTheError) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lost = sure(store->lease("w", "model", 60s)).value();
    sure(store->abandon(lost.job.id, lost.epoch, {ErrorCode::worker_lost, ""}));
    now_ += 30s;
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    EXPECT_TRUE(lease.job.error) << "why the first attempt ended is still of interest";
    EXPECT_FALSE(sure(store->complete(lease.job.id, lease.epoch, {})).error);
}

TEST_F(JobStoreTest, TheErrorsFateDecidesAndNotTheWorkersWord) {
    const auto store = open();
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        sure(store->enqueue(new_job(std::to_string(i))));
        const Lease lease = sure(store->lease("w", "model", 60s)).value();
        Outcome outcome = failed_with(code);
        outcome.state = i % 2 == 0 ? JobState::failed : JobState::rejected;
        const Job job = sure(store->complete(lease.job.id, lease.epoch, outcome));
        const JobFate fate = fate_of(code);
        EXPECT_EQ(job.state, fate == JobFate::reject  ? JobState::rejected
                             : fate == JobFate::retry ? JobState::queued
                                                      : JobState::failed)
            << to_string(code);
        EXPECT_EQ(job.error->code, code);
    }
}

TEST_F(JobStoreTest, AnOutcomeWithoutItsErrorIsRefusedAndTheLeaseLives) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    Outcome outcome;
    outcome.state = JobState::failed;
    EXPECT_EQ(store->complete(lease.job.id, lease.epoch, outcome).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(store->renew(lease.job.id, lease.epoch, {}, 60s));
}

TEST_F(JobStoreTest, CancelEndsQueuedAndLeasedJobs) {
    const auto store = open();
    const std::string leased = sure(store->enqueue(new_job("a"))).job.id;
    const std::string queued = sure(store->enqueue(new_job("b"))).job.id;
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    ASSERT_EQ(lease.job.id, leased);
    for (const std::string& id : {leased, queued}) {
        const Job job = sure(store->cancel(id));
        EXPECT_EQ(job.state, JobState::canceled);
        EXPECT_EQ(job.error->code, ErrorCode::canceled);
        EXPECT_EQ(job.finished, now_);
        EXPECT_EQ(store->cancel(id).error().code, ErrorCode::invalid_argument);
    }
    EXPECT_EQ(store->renew(leased, lease.epoch, {}, 60s).error().code, ErrorCode::stale_lease);
    EXPECT_EQ(store->cancel("no such job").error().code, ErrorCode::not_found);
    now_ += 1h;
    EXPECT_EQ(sure(store->expire_leases()), 0);
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
    EXPECT_THAT(listed({.state = JobState::queued, .orthanc_series_id = {}}),
                testing::ElementsAre(ids[2], ids[0]));
    EXPECT_THAT(listed({.state = {}, .orthanc_series_id = "series-b"}), testing::ElementsAre(ids[1]));
    EXPECT_THAT(listed({.state = JobState::done, .orthanc_series_id = "series-b"}), testing::IsEmpty());
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

// Symptom: with a steady stream of urgent jobs a job of priority 0 was never worked on.
TEST_F(JobStoreTest, WaitingRaisesAPrioritySoThatNothingStarves) {
    policy_.priority_age = 10min;
    auto store = open();
    const auto patient = sure(store->enqueue(new_job("patient"))).job.id;
    for (int hour = 0; hour < 5; ++hour) {
        NewJob urgent = new_job("urgent" + std::to_string(hour));
        urgent.priority = 12;  // worth two hours
        const auto id = sure(store->enqueue(urgent)).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        ASSERT_TRUE(lease);
        EXPECT_EQ(lease->job.id, hour < 2 ? id : patient) << hour;
        if (hour >= 2) return;
        sure(store->complete(lease->job.id, lease->epoch, Outcome{}));
        now_ += 1h;
    }
}

TEST_F(JobStoreTest, WithoutAgeingTheHighestPriorityAlwaysGoesFirst) {
    policy_.priority_age = 0ms;
    auto store = open();
    sure(store->enqueue(new_job("patient")));
    now_ += 24h * 365;
    NewJob urgent = new_job("urgent");
    urgent.priority = 1;
    const auto id = sure(store->enqueue(urgent)).job.id;
    EXPECT_EQ(sure(store->lease("w", "model", 1min))->job.id, id);
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

TEST_F(JobStoreTest, OldEndedJobsArePrunedWithTheirResultsButNeverASeriesNewest) {
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

// A pruned job's journal stayed in the database, where nothing could show it and nothing removed it.
TEST_F(JobStoreTest, APrunedJobTakesItsJournalAlong) {
    const auto store = open();
    const auto id = sure(store->enqueue(new_job("a"))).job.id;
    const auto kept = sure(store->enqueue(new_job("b"))).job.id;
    sure(store->cancel(id));
    sure(store->journal().append({id, "sent", "modality PACS", "3 instance(s)", {}}));
    sure(store->journal().append({kept, "sent", "modality PACS", "3 instance(s)", {}}));
    now_ += 24h;
    EXPECT_EQ(sure(store->prune(1h)), 1);
    EXPECT_TRUE(sure(store->journal().of(id)).empty());
    EXPECT_EQ(sure(store->journal().of(kept)).size(), 1u);
}

TEST_F(JobStoreTest, OfASeriesThatHasGoneEvenTheNewestIsPrunedWhenItIsOldEnough) {
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

TEST_F(JobStoreTest, WhatHasNotEndedIsNeverPruned) {
    auto store = open();
    const auto queued = sure(store->enqueue(new_job("a"))).job.id;
    const auto leased = sure(store->enqueue(new_job("b"))).job.id;
    sure(store->lease("w", "model", 1min));
    now_ += 24h * 4000;
    EXPECT_EQ(sure(store->prune(0ms)), 0);
    EXPECT_TRUE(store->job(queued) && store->job(leased));
}

}  // namespace job_store_test
}  // namespace spineseg
