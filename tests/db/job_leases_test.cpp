// SPDX-License-Identifier: GPL-3.0-or-later
// Leases, and every way in which a job leaves the queue or returns to it (db/job_leases.cpp).

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_leases_test {

using JobLeasesTest = StoreTest;

TEST_F(JobLeasesTest, LeasesGoByPriorityThenAgeAndOnlyToTheirModel) {
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

TEST_F(JobLeasesTest, RenewExtendsTheLeaseAndRecordsProgress) {
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
TEST_F(JobLeasesTest, DoneJobHasComeThroughItsLastStage) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    sure(store->renew(lease.job.id, lease.epoch, {Stage::fetching, 0.5}, 60s));
    const Job done = sure(store->complete(lease.job.id, lease.epoch, Outcome{}));
    EXPECT_EQ(done.state, JobState::done);
    EXPECT_EQ(done.progress, (Progress{Stage::storing, 1.0}));
}

TEST_F(JobLeasesTest, ProgressThatIsNoFractionIsBroughtIntoRange) {
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

TEST_F(JobLeasesTest, ExpiredLeaseReturnsToTheQueueAndItsWorkerIsRefused) {
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

TEST_F(JobLeasesTest, ALeaseThatRanOutButWasNotCollectedCanStillBeRenewed) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    now_ += 10min;
    EXPECT_TRUE(store->renew(lease.job.id, lease.epoch, {}, 60s));
    EXPECT_EQ(sure(store->expire_leases()), 0);
}

TEST_F(JobLeasesTest, BackoffGrowsAndTheLastAttemptFailsWithItsError) {
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

TEST_F(JobLeasesTest, JitterStaysWithinItsPartAndPullsJobsApart) {
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

TEST_F(JobLeasesTest, ReleaseGivesTheAttemptBack) {
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

TEST_F(JobLeasesTest, CompleteEndsJobAndLeaseWithItsResults) {
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

TEST_F(JobLeasesTest, SuccessAfterAFailedAttemptForgetsTheError) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lost = sure(store->lease("w", "model", 60s)).value();
    sure(store->abandon(lost.job.id, lost.epoch, {ErrorCode::worker_lost, ""}));
    now_ += 30s;
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    EXPECT_TRUE(lease.job.error) << "why the first attempt ended is still of interest";
    EXPECT_FALSE(sure(store->complete(lease.job.id, lease.epoch, {})).error);
}

TEST_F(JobLeasesTest, TheErrorsFateDecidesAndNotTheWorkersWord) {
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

TEST_F(JobLeasesTest, AnOutcomeWithoutItsErrorIsRefusedAndTheLeaseLives) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    const Lease lease = sure(store->lease("w", "model", 60s)).value();
    Outcome outcome;
    outcome.state = JobState::failed;
    EXPECT_EQ(store->complete(lease.job.id, lease.epoch, outcome).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(store->renew(lease.job.id, lease.epoch, {}, 60s));
}

TEST_F(JobLeasesTest, CancelEndsQueuedAndLeasedJobs) {
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

// Symptom: with a steady stream of urgent jobs a job of priority 0 was never worked on.
TEST_F(JobLeasesTest, WaitingRaisesAPrioritySoThatNothingStarves) {
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

TEST_F(JobLeasesTest, WithoutAgeingTheHighestPriorityAlwaysGoesFirst) {
    policy_.priority_age = 0ms;
    auto store = open();
    sure(store->enqueue(new_job("patient")));
    now_ += 24h * 365;
    NewJob urgent = new_job("urgent");
    urgent.priority = 1;
    const auto id = sure(store->enqueue(urgent)).job.id;
    EXPECT_EQ(sure(store->lease("w", "model", 1min))->job.id, id);
}

}  // namespace job_leases_test
}  // namespace spineseg
